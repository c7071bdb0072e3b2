package link

import (
	"tongbu/internal/change"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// feed is what a link hears of the streams, from one goroutine. Before it waits, a
// link reads Changed and then Next, so that no change falls between the two.
type feed interface {
	Entries() []syncer.Entry  // all, once, at the opening
	Changed() <-chan struct{} // receives, or is closed, when there may be more for Next
	Next() []syncer.Entry     // what changed since the last call
	Close()
}

var (
	_ feed = (*streams.Subscription)(nil)
	_ feed = (*all)(nil)
)

func feedOf(s Streams, child change.UnitID) feed {
	if scoped, ok := s.(Subscriber); ok {
		return scoped.Subscribe(child)
	}
	return &all{Streams: s}
}

// child is the unit at the lower end of the link.
func (r *runner) child() change.UnitID {
	if r.cfg.Session.Parent {
		return r.cfg.Session.Other.Unit
	}
	return r.cfg.Session.Self.Unit
}

// all is the feed of streams that know of no scope: the session drops the rest.
type all struct {
	Streams
	version uint64
}

func (a *all) Entries() (entries []syncer.Entry) {
	entries, a.version = a.Streams.Entries()
	return entries
}

func (a *all) Next() (entries []syncer.Entry) {
	entries, a.version = a.Since(a.version)
	return entries
}

func (a *all) Close() {}
