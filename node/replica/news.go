package replica

import (
	"sync"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer/streams"
)

// News is what changed, for those who build on a replica.
type News struct {
	Read    bool // units or devices were read again
	Tree    bool // the tree of units is another one
	Schema  bool // the city has published something of it, or withdrawn
	History bool // a stream's history was replaced: copies of the journal are rebuilt
}

// news is what was reported last, and who is notified.
type news struct {
	mu      sync.Mutex // guards all below
	hear    []func(News)
	history uint64 // how often a stream's history was replaced
	epoch   uint64 // the city's newest that is known
	changed chan struct{}
}

// next returns a channel that is closed at the next news.
func (n *news) next() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.changed == nil {
		n.changed = make(chan struct{})
	}
	return n.changed
}

func (n *news) announce() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.changed != nil {
		close(n.changed)
		n.changed = nil
	}
}

// Notify makes fn run whenever units, devices or the history changed.
func (r *Replica) Notify(fn func(News)) {
	r.news.mu.Lock()
	defer r.news.mu.Unlock()
	r.news.hear = append(r.news.hear, fn)
}

// History counts how often a stream's history was replaced by another: a copy of
// the journal made under another count is not one of this journal.
func (r *Replica) History() uint64 {
	r.news.mu.Lock()
	defer r.news.mu.Unlock()
	return r.news.history
}

// reread brings units and devices up to date after a commit. What is on the
// disk decides whether there is news: a mark in memory could be read by another
// writer before the transaction that set it is committed.
func (r *Replica) reread() error {
	var now News
	var history, epoch uint64
	err := r.Journal.View(func(tx *journal.Tx) (err error) {
		if history, err = historyCount(tx); err != nil {
			return err
		}
		if epoch, err = streams.Epoch(tx); err != nil {
			return err
		}
		if now.Read, now.Tree, err = r.Members.Load(tx, r.Records); err != nil {
			return err
		}
		now.Schema, err = r.hear(tx)
		return err
	})
	if err != nil {
		return fault.Wrap("read the units, devices and publications", err)
	}
	hear, replaced, raised := r.news.advance(history, epoch)
	now.History = replaced
	if raised {
		r.Log.Warn("the city has begun a new epoch: what it lacks is sent again", "epoch", epoch)
	}
	if now.Read {
		r.Contact.Review()
	}
	if now.Tree {
		r.Streams.Restart()
	}
	if now == (News{}) {
		return nil
	}
	r.news.announce()
	for _, fn := range hear {
		fn(now)
	}
	return nil
}

// advance stores the counts and reports whom to notify, whether a history was
// replaced, and whether the city began a new epoch.
func (n *news) advance(history, epoch uint64) (hear []func(News), replaced, raised bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	replaced, raised = history > n.history, n.epoch > 0 && epoch > n.epoch
	n.history, n.epoch = max(n.history, history), epoch
	return n.hear, replaced, raised
}
