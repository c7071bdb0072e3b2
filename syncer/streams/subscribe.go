package streams

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/syncer"
)

// Lines is a tree of units that can be walked. A device whose tree is none wakes all
// its links at each change.
type Lines interface {
	syncer.Tree
	// Ancestors lists the units above one, without itself.
	Ancestors(unit change.UnitID) []change.UnitID
	// Under lists the units at or below one.
	Under(unit change.UnitID) []change.UnitID
}

// maxPending is how many changes a subscription lists by name. When more come
// before it asks, it is told of all that changed since: so a link that stands still
// takes 10 KB and no more.
const maxPending = 256

// Subscription is what the link of one child hears of the streams: those that cross
// the link, by access.Bring, and no others. It may be told of more, never of less.
//
// Who is in scope is decided by the tree at the time of the change, and where a
// subscription stands by the tree at its beginning. When the tree changes all links
// are opened again (Over); whoever subscribes watches Over from before on.
type Subscription struct {
	index *index
	child change.UnitID
	above []change.UnitID // units above the child at the beginning
	woken chan struct{}   // holds one

	// Guarded by the index's lock.
	pending []change.Stream // changed since version
	missed  bool            // more has changed than is pending
	version uint64
}

// Subscribe makes a subscription of a link to or from the child, to be closed by the
// caller.
func (c *Streams) Subscribe(child change.UnitID) *Subscription { return c.index.subscribe(child) }

// Crossing lists the streams that cross the link of the child, either way, as they are
// now.
func (c *Streams) Crossing(child change.UnitID) []syncer.Entry {
	c.index.mu.Lock()
	defer c.index.mu.Unlock()
	return c.index.scopeLocked(child)
}

func (x *index) subscribe(child change.UnitID) *Subscription {
	s := &Subscription{index: x, child: child, woken: make(chan struct{}, 1)}
	x.mu.Lock()
	defer x.mu.Unlock()
	if lines := x.linesLocked(); lines != nil {
		s.above = above(lines, child)
	}
	s.version = x.versionLocked()
	x.links.at.add(child, s)
	for _, u := range s.above {
		x.links.below.add(u, s)
	}
	return s
}

// above lists the units above a child of which streams come to it.
func above(lines Lines, child change.UnitID) []change.UnitID {
	return slices.DeleteFunc(lines.Ancestors(child), func(unit change.UnitID) bool { return unit == lines.Heir(child) })
}

// Close ends the subscription: it is woken no more.
func (s *Subscription) Close() {
	s.index.mu.Lock()
	defer s.index.mu.Unlock()
	s.index.links.at.remove(s.child, s)
	for _, u := range s.above {
		s.index.links.below.remove(u, s)
	}
}

// Entries lists all streams in scope, in order. Next tells of what changed since the
// beginning of the subscription, of some of them again.
func (s *Subscription) Entries() []syncer.Entry {
	s.index.mu.Lock()
	defer s.index.mu.Unlock()
	return s.index.scopeLocked(s.child)
}

// Changed receives when there may be more for Next. It is for one reader.
func (s *Subscription) Changed() <-chan struct{} { return s.woken }

// Next lists what changed since the last call.
func (s *Subscription) Next() []syncer.Entry {
	s.index.mu.Lock()
	defer s.index.mu.Unlock()
	pending, missed, version := s.pending, s.missed, s.version
	s.pending, s.missed, s.version = nil, false, s.index.versionLocked()
	if missed {
		entries, _ := s.index.sinceLocked(version)
		return entries
	}
	var entries []syncer.Entry
	slices.SortFunc(pending, change.Stream.Compare)
	for _, of := range slices.Compact(pending) {
		entries = append(entries, *s.index.entries[of])
	}
	return entries
}

// wakeLocked tells of a change.
func (s *Subscription) wakeLocked(of change.Stream) {
	switch {
	case s.missed:
	case len(s.pending) == maxPending:
		s.pending, s.missed = nil, true
	default:
		s.pending = append(s.pending, of)
	}
	select {
	case s.woken <- struct{}{}:
	default: // it is awake already
	}
}

// links are the subscriptions by where the child stands.
type links struct {
	at    group // the child's unit
	below group // each unit above the child
}

// group is unit -> subscriptions.
type group map[change.UnitID]map[*Subscription]struct{}

func (g group) add(unit change.UnitID, s *Subscription) {
	if g[unit] == nil {
		g[unit] = map[*Subscription]struct{}{}
	}
	g[unit][s] = struct{}{}
}

func (g group) remove(unit change.UnitID, s *Subscription) {
	delete(g[unit], s)
	if len(g[unit]) == 0 {
		delete(g, unit)
	}
}

// wakeLocked wakes the links that the stream crosses: those of the children at or
// above its author, and at, above or below its audience.
func (l *links) wakeLocked(lines Lines, e *syncer.Entry) {
	if lines == nil {
		for unit := range l.at {
			l.at.wakeLocked(unit, e.Stream)
		}
		return
	}
	audience := e.Stream.Audience
	line := append(lines.Ancestors(audience), audience)
	for _, unit := range line {
		l.at.wakeLocked(unit, e.Stream)
	}
	l.below.wakeLocked(audience, e.Stream)
	if e.Author == audience {
		return
	}
	for _, unit := range append(lines.Ancestors(e.Author), e.Author) {
		if !slices.Contains(line, unit) {
			l.at.wakeLocked(unit, e.Stream)
		}
	}
}

func (g group) wakeLocked(unit change.UnitID, of change.Stream) {
	for s := range g[unit] {
		s.wakeLocked(of)
	}
}
