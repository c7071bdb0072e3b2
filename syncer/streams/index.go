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
	tree func() syncer.Tree
	self change.DeviceID

	mu      sync.Mutex // guards all below
	entries map[change.Stream]*syncer.Entry
	said    map[change.UnitID][]*syncer.Entry // by the author's unit; what it says to itself is in heard only
	heard   map[change.UnitID][]*syncer.Entry // by audience
	own     []*syncer.Entry                   // of the device itself
	links   links
	sorted  []syncer.Entry  // all entries, shared by readers, never modified; nil: to be made
	log     []change.Stream // streams in the order they changed
	base    uint64          // version before log[0]
	changed chan struct{}
	written chan struct{} // as changed, for own streams
	over    chan struct{}
}

func (x *index) init(self change.DeviceID, tree func() syncer.Tree) {
	x.self, x.tree = self, tree
	x.entries = map[change.Stream]*syncer.Entry{}
	x.said, x.heard = map[change.UnitID][]*syncer.Entry{}, map[change.UnitID][]*syncer.Entry{}
	x.links = links{at: group{}, below: group{}}
	x.changed, x.written, x.over = make(chan struct{}), make(chan struct{}), make(chan struct{})
}

func (x *index) all() ([]syncer.Entry, uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.allLocked(), x.versionLocked()
}

// allLocked makes the list once for all calls before the next change: a city has
// thousands of streams.
func (x *index) allLocked() []syncer.Entry {
	if x.sorted != nil {
		return x.sorted
	}
	x.sorted = make([]syncer.Entry, 0, len(x.entries))
	for _, e := range x.entries {
		x.sorted = append(x.sorted, *e)
	}
	slices.SortFunc(x.sorted, byStream)
	return x.sorted
}

func byStream(a, b syncer.Entry) int { return a.Stream.Compare(b.Stream) }

func (x *index) versionLocked() uint64 { return x.base + uint64(len(x.log)) }

// linesLocked is the tree of now; nil: it cannot be walked.
func (x *index) linesLocked() Lines {
	if x.tree == nil {
		return nil
	}
	lines, _ := x.tree().(Lines)
	return lines
}

// scopeLocked lists what crosses the link of the child: what units at or below it
// have said, and what is said to them and to those above.
func (x *index) scopeLocked(child change.UnitID) (entries []syncer.Entry) {
	lines := x.linesLocked()
	if lines == nil {
		return x.allLocked()
	}
	add := func(all []*syncer.Entry) {
		for _, e := range all {
			entries = append(entries, *e)
		}
	}
	for _, unit := range lines.Under(child) {
		add(x.said[unit])
		add(x.heard[unit])
	}
	for _, unit := range above(lines, child) {
		add(x.heard[unit])
	}
	slices.SortFunc(entries, byStream)
	return slices.CompactFunc(entries, func(a, b syncer.Entry) bool { return a.Stream == b.Stream })
}

// putLocked stores an entry and returns the one that is kept.
func (x *index) putLocked(e syncer.Entry) *syncer.Entry {
	held, audience := x.entries[e.Stream], e.Stream.Audience
	if held == nil {
		held = &syncer.Entry{}
		x.entries[e.Stream] = held
		x.heard[audience] = append(x.heard[audience], held)
		if e.Stream.Device == x.self {
			x.own = append(x.own, held)
		}
	}
	if was := held.Author; e.Author != was { // the first batch, perhaps after a receipt
		if was != "" && was != audience {
			x.said[was] = slices.DeleteFunc(x.said[was], func(other *syncer.Entry) bool { return other == held })
		}
		if e.Author != "" && e.Author != audience {
			x.said[e.Author] = append(x.said[e.Author], held)
		}
	}
	*held = e
	return held
}

func (x *index) since(version uint64) ([]syncer.Entry, uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.sinceLocked(version)
}

func (x *index) sinceLocked(version uint64) ([]syncer.Entry, uint64) {
	now := x.versionLocked()
	if version < x.base {
		return x.allLocked(), now
	}
	var entries []syncer.Entry
	seen := map[change.Stream]bool{}
	for _, s := range x.log[version-x.base:] {
		if e, ok := x.entries[s]; ok && !seen[s] {
			entries = append(entries, *e)
		}
		seen[s] = true
	}
	return entries, now
}

func (x *index) get(of change.Stream) (syncer.Entry, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e := x.entries[of]; e != nil {
		return *e, true
	}
	return syncer.Entry{}, false
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
	lines, own := x.linesLocked(), false
	for _, s := range streams {
		e, found, err := read(s)
		if err != nil {
			return err
		}
		if found {
			x.log = append(x.log, s)
			own = own || s.Device == x.self
			x.links.wakeLocked(lines, x.putLocked(e))
		}
	}
	x.trimLocked()
	close(x.changed)
	x.changed = make(chan struct{})
	if own {
		close(x.written)
		x.written = make(chan struct{})
	}
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

func (x *index) waitOwn() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.written
}

// ownEntries are in order, as all are.
func (x *index) ownEntries() []syncer.Entry {
	x.mu.Lock()
	defer x.mu.Unlock()
	entries := make([]syncer.Entry, len(x.own))
	for i, e := range x.own {
		entries[i] = *e
	}
	slices.SortFunc(entries, byStream)
	return entries
}

func (x *index) ended() <-chan struct{} {
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
