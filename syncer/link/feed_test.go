package link_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/syncer"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

// scoped fails the test when a link asks for what is not in its scope.
type scoped struct {
	*streamstest.Device
	t        *testing.T
	children []change.UnitID // that links subscribed for
}

func (s *scoped) Subscribe(child change.UnitID) *streams.Subscription {
	s.children = append(s.children, child)
	return s.Device.Subscribe(child)
}

func (s *scoped) Entries() ([]syncer.Entry, uint64) {
	s.t.Error("the link reads all streams")
	return s.Device.Entries()
}

func (s *scoped) Since(version uint64) ([]syncer.Entry, uint64) {
	s.t.Error("the link reads all that changed")
	return s.Device.Since(version)
}

func (s *scoped) Changed() <-chan struct{} {
	s.t.Error("the link waits for all changes")
	return s.Device.Changed()
}

// TestScopedFeed: both ends hear of what crosses the link to the child, before it was
// opened and afterwards, and of nothing else.
func TestScopedFeed(t *testing.T) {
	p := newPair(t)
	w := p.clerk.World
	up, down := &scoped{Device: p.clerk.Device, t: t}, &scoped{Device: p.street.Device, t: t}
	p.clerk.store, p.street.store = up, down
	own := p.clerk.MustWrite(t, w.Community, "before")
	p.start(t, nil)
	p.awaitHead(t, p.street, own, 1)
	p.clerk.MustWrite(t, w.Community, "after")
	p.awaitHead(t, p.street, own, 2)
	said := p.street.MustWrite(t, w.Street, "to all below")
	p.street.MustSeal(t, said)
	p.awaitHead(t, p.clerk, said, 1)
	_ = p.stop()
	for _, s := range []*scoped{up, down} {
		if len(s.children) != 1 || s.children[0] != w.Community {
			t.Errorf("subscribed for %v, want %s once", s.children, w.Community)
		}
	}
}

// awaitHead waits until a side has a stream up to a sequence.
func (p *pair) awaitHead(t *testing.T, s *side, of change.Stream, seq uint64) {
	t.Helper()
	for {
		changed := s.Device.Changed()
		if e, _ := s.Entry(of); e.Sealed.Seq >= seq {
			return
		}
		select {
		case <-changed:
		case err := <-p.errs:
			t.Fatalf("the link ended: %v", err)
		case <-t.Context().Done():
			t.Fatal("it did not come")
		}
	}
}
