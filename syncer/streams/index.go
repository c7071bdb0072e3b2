package streams

import (
	"slices"
	"sync"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// maxLog is how many recent changes the log keeps at least; it keeps fewer than
// twice as many. Since for an older version lists everything.
const maxLog = 4096

// index is how far each stream of the journal goes, in memory, with the channels
// that announce changes. It is updated after the commit, never before.
type index struct {
	mu      sync.Mutex // guards all below
	entries map[change.Stream]syncer.Entry
	sorted  []syncer.Entry  // all entries, shared by readers, never modified; nil: to be made
	log     []change.Stream // streams in the order they changed
	base    uint64          // version before log[0]
	changed chan struct{}
	over    chan struct{}
}

func (x *index) init() {
	x.entries = map[change.Stream]syncer.Entry{}
	x.changed, x.over = make(chan struct{}), make(chan struct{})
}

func (x *index) all() ([]syncer.Entry, uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.allLocked(), x.base + uint64(len(x.log))
}

// allLocked makes the list once for all calls before the next change: at a city
// that starts, each of thousands of links asks for thousands of streams.
func (x *index) allLocked() []syncer.Entry {
	if x.sorted != nil {
		return x.sorted
	}
	x.sorted = make([]syncer.Entry, 0, len(x.entries))
	for _, e := range x.entries {
		x.sorted = append(x.sorted, e)
	}
	slices.SortFunc(x.sorted, func(a, b syncer.Entry) int { return a.Stream.Compare(b.Stream) })
	return x.sorted
}

func (x *index) since(version uint64) ([]syncer.Entry, uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.base + uint64(len(x.log))
	if version < x.base {
		return x.allLocked(), now
	}
	var entries []syncer.Entry
	seen := map[change.Stream]bool{}
	for _, s := range x.log[version-x.base:] {
		if e, ok := x.entries[s]; ok && !seen[s] {
			entries = append(entries, e)
		}
		seen[s] = true
	}
	return entries, now
}

func (x *index) get(of change.Stream) (syncer.Entry, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e, ok := x.entries[of]
	return e, ok
}

// refresh reads the streams again and announces them. Reading under the lock
// keeps a slow call from overwriting what a later one has read.
func (x *index) refresh(streams []change.Stream, read func(change.Stream) (syncer.Entry, bool, error)) error {
	if len(streams) == 0 {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sorted = nil
	for _, s := range streams {
		e, found, err := read(s)
		if err != nil {
			return err
		}
		if found {
			x.entries[s] = e
			x.log = append(x.log, s)
		}
	}
	x.trimLocked()
	close(x.changed)
	x.changed = make(chan struct{})
	return nil
}

// trimLocked drops the older half of a long log at once: dropping one entry at a
// time would copy the log at every change.
func (x *index) trimLocked() {
	if extra := len(x.log) - maxLog; extra >= maxLog {
		x.log = append(x.log[:0], x.log[extra:]...)
		x.base += uint64(extra)
	}
}

func (x *index) wait() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.changed
}

func (x *index) links() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.over
}

func (x *index) endLinks() {
	x.mu.Lock()
	defer x.mu.Unlock()
	close(x.over)
	x.over = make(chan struct{})
}
