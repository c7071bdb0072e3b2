package disk_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/node/replica"
	"tongbu/syncer"
	"tongbu/syncer/inproc"
	"tongbu/syncer/link"
)

// hearing is what a replica hears on a link.
type hearing struct{ at *replica.Replica }

var _ link.Watch = hearing{}

func (h hearing) Met(syncer.Peer, time.Duration)       {}
func (h hearing) Alive(syncer.Peer)                    {}
func (h hearing) Heard(syncer.Peer, syncer.Reach)      {}
func (h hearing) Stopped(syncer.Refuse)                {}
func (h hearing) News() <-chan struct{}                { return nil }
func (h hearing) Acked(have syncer.Have)               { h.at.Streams.Acked(have) }
func (h hearing) Reach(syncer.Peer, bool) syncer.Reach { return syncer.Reach{} }

// linkUntilLevel links two replicas until each has what the other can give. A
// link that ends because a history gave way is opened again.
func linkUntilLevel(tb testing.TB, tree syncer.Tree, child, parent *replica.Replica) error {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	for !areLevel(tree, child, parent) {
		if ctx.Err() != nil {
			return errors.New("the two never agree")
		}
		if err := linkOnce(ctx, tree, child, parent); err != nil {
			return err
		}
	}
	return nil
}

// linkOnce runs one link until both agree or it ends by itself. A link
// that ends because it must be opened again is no failure.
func linkOnce(ctx context.Context, tree syncer.Tree, child, parent *replica.Replica) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	up, down := inproc.Pair()
	ended := make(chan error, 2)
	peer := func(s *replica.Replica) syncer.Peer { return syncer.Peer{Unit: s.Place.Unit, Device: s.Keys.Device()} }
	go func() { ended <- link.Run(ctx, up, child.LinkConfig(peer(parent), false, hearing{child})) }()
	go func() { ended <- link.Run(ctx, down, parent.LinkConfig(peer(child), true, hearing{parent})) }()
	left := 2
	var failed error
	for left == 2 {
		a, b := child.Streams.Changed(), parent.Streams.Changed()
		if areLevel(tree, child, parent) {
			break
		}
		select {
		case failed = <-ended:
			left--
		case <-a:
		case <-b:
		}
	}
	cancel()
	for ; left > 0; left-- {
		failed = errors.Join(failed, <-ended)
	}
	if fault.Of(failed) == fault.Canceled {
		return nil
	}
	return failed
}

// level: each has the other's streams that cross their link, as far as they
// go, and the child the parent's receipts.
func areLevel(tree syncer.Tree, child, parent *replica.Replica) bool {
	return hasAll(tree, parent, child, access.Up, child.Place.Unit) && hasAll(tree, child, parent, access.Down, child.Place.Unit)
}

func hasAll(tree syncer.Tree, to, from *replica.Replica, d access.Direction, child change.UnitID) bool {
	entries, _ := from.Streams.Entries()
	for _, e := range entries {
		if e.Author == "" || !access.Bring(tree, d, child, e.Author, e.Stream.Audience) {
			continue
		}
		there, _ := to.Streams.Entry(e.Stream)
		same := there.Sealed.Seq > e.Sealed.Seq || there.Sealed == e.Sealed
		if there.Sealed.Seq < e.Head || !same || d == access.Down && there.Receipt.Seq < e.Receipt.Seq {
			return false
		}
	}
	return true
}
