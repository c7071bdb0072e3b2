package streams_test

import (
	"math"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

// mustRecord has the city record all it holds of a stream.
func mustRecord(t *testing.T, root *streamstest.Device, of change.Stream) {
	t.Helper()
	e, _ := root.Entry(of)
	if err := root.Write(t.Context(), func(w *streams.Writer) error { return w.Record(of, e.Sealed) }); err != nil {
		t.Fatal(err)
	}
}

// mustTell carries a device's receipt of a stream to another one.
func mustTell(t *testing.T, from, to *streamstest.Device, of change.Stream) {
	t.Helper()
	r, _, err := from.LoadReceipt(of)
	if err != nil || r == nil {
		t.Fatalf("receipt of %s: %v %v", of, r, err)
	}
	if err := to.StoreReceipt(t.Context(), r.Bytes()); err != nil {
		t.Fatal(err)
	}
}

func wantEpoch(t *testing.T, d *streamstest.Device, epoch uint64, incarnation uint32) {
	t.Helper()
	err := d.View(func(tx *journal.Tx) error {
		got, err := streams.Epoch(tx)
		if got != epoch {
			t.Errorf("epoch: got %d, want %d", got, epoch)
		}
		return err
	})
	n, err2 := d.Incarnation()
	if err != nil || err2 != nil || n != incarnation {
		t.Errorf("incarnation: got %d, want %d; %v %v", n, incarnation, err, err2)
	}
}

// mustPass seals what a clerk wrote and gives it to the others.
func mustPass(t *testing.T, of change.Stream, from *streamstest.Device, to ...*streamstest.Device) {
	t.Helper()
	for _, d := range to {
		mustLearn(t, d, from)
		sender := below(from)
		if d.Config.Self.Unit == from.Config.Self.Unit { // of one unit: it comes by way of the first
			sender = above(to[0])
		}
		wantKept(t, mustAppend(t, d, sender, from.MustSeal(t, of)...))
	}
}

// TestRolledBack: a city restored from an older copy of its disk learns from its
// own signature what it has lost. The clerk's word falls back to what the new
// epoch covers, for streams too that the city lost as a whole, and rises again.
func TestRolledBack(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, other, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.Community), w.MustJoin(t, w.City)
	mustLearn(t, clerk, root)
	own, words := clerk.MustWrite(t, w.Community, "one"), root.MustWrite(t, w.City, "tree")
	root.MustSeal(t, words)
	mustPass(t, own, clerk, root)
	mustRecord(t, root, own)

	copied := mustCopy(t, root)
	clerk.MustWrite(t, w.Community, "two")
	late := other.MustWrite(t, w.Community, "late")
	mustPass(t, own, clerk, root)
	mustPass(t, late, other, root, clerk)
	for _, of := range []change.Stream{own, late} {
		mustRecord(t, root, of)
		mustTell(t, root, clerk, of)
	}
	wantReached(t, clerk, own, streams.Reached{Head: 2, Parent: 2, City: 2})
	wantReached(t, clerk, late, streams.Reached{Head: 1, Parent: 1, City: 1})

	over := copied.Over()
	mustTell(t, clerk, copied, own)
	wantEpoch(t, copied, 2, 2)
	select {
	case <-over:
	default:
		t.Error("links go on as if nothing had happened")
	}
	mustTell(t, clerk, copied, late) // of the epoch before: nothing new
	wantEpoch(t, copied, 2, 2)
	mustTell(t, copied, clerk, words) // everybody carries the tree, and so hears of the epoch
	wantReached(t, clerk, own, streams.Reached{Head: 2})
	wantReached(t, clerk, late, streams.Reached{Head: 1})
	mustTell(t, copied, clerk, own)
	wantReached(t, clerk, own, streams.Reached{Head: 2, Parent: 1, City: 1})

	mustPass(t, own, clerk, copied)
	mustPass(t, late, other, copied)
	for _, of := range []change.Stream{own, late} {
		mustRecord(t, copied, of)
		mustTell(t, copied, clerk, of)
	}
	wantReached(t, clerk, own, streams.Reached{Head: 2, Parent: 2, City: 2})
	wantReached(t, clerk, late, streams.Reached{Head: 1, Parent: 1, City: 1})
}

// mustCopy opens a copy of a device's directory as it is now.
func mustCopy(t *testing.T, d *streamstest.Device) *streamstest.Device {
	t.Helper()
	path := t.TempDir() + "/journal.db"
	d.MustCopy(t, path)
	return d.World.MustOpen(t, d.Keys, path)
}

// TestPutBack: a restored city knows what it had at the restore, and
// no other device records that.
func TestPutBack(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.City)
	mustLearn(t, clerk, root)
	want := func(d *streamstest.Device, want uint64) {
		t.Helper()
		err := d.View(func(tx *journal.Tx) error {
			got, err := streams.PutBack(tx)
			if got != want {
				t.Errorf("restored at arrival %d, want %d", got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	root.MustSeal(t, root.MustWrite(t, w.City, "tree"))
	want(root, 0)
	own := clerk.MustWrite(t, w.Community, "one")
	mustPass(t, own, clerk, root)
	for _, d := range []*streamstest.Device{root, clerk} {
		if err := d.Renew(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	root.MustSeal(t, root.MustWrite(t, w.City, "later"))
	want(root, 2)
	want(clerk, 0)
}

// TestEpochNeedsTheCitysHand: what is not signed by the city moves no epoch.
func TestEpochNeedsTheCitysHand(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street), w.MustJoin(t, w.City)
	mustLearn(t, root, clerk, street)
	own := clerk.MustWrite(t, w.Community, "one")
	for name, liar := range map[string]struct {
		key  *streamstest.Device
		name *streamstest.Device
		want fault.Kind
	}{
		"a child's own hand":   {clerk, clerk, fault.Denied},
		"a hub's own hand":     {street, street, fault.Denied},
		"an unknown city hand": {w.MustJoin(t, w.Neighbour), nil, fault.NotFound},
	} {
		if liar.name == nil {
			liar.name = liar.key
		}
		r, err := change.Receipt{City: liar.name.Config.Self.Device, Stream: own, Seq: 9, Epoch: math.MaxUint64}.Sign(liar.key.Config.Key)
		if err != nil {
			t.Fatal(err)
		}
		if err := root.StoreReceipt(t.Context(), r.Bytes()); fault.Of(err) != liar.want {
			t.Errorf("%s: got %v, want %v", name, err, liar.want)
		}
	}
	genuine, err := change.Receipt{City: root.Config.Self.Device, Stream: own, Seq: 9, Epoch: math.MaxUint64 - 1}.Sign(root.Config.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := root.StoreReceipt(t.Context(), forgedReceipt(t, genuine.Bytes())); fault.Of(err) != fault.Damaged {
		t.Errorf("a forged signature: %v", err)
	}
	wantEpoch(t, root, 1, 1)
}

// TestRenew: a restored directory goes on under a new name at once; the city
// signs again for what it has.
func TestRenew(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.City)
	mustLearn(t, clerk, root)
	own := clerk.MustWrite(t, w.Community, "one")
	mustPass(t, own, clerk, root)
	mustRecord(t, root, own)
	for _, d := range []*streamstest.Device{clerk, root} {
		if err := d.Renew(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
	}
	wantEpoch(t, clerk, 1, 8)
	wantEpoch(t, root, 2, 8)
	if e, _ := root.Entry(own); e.Receipt != (syncer.ReceiptAt{Epoch: 2, Seq: 1}) {
		t.Errorf("receipt: %+v, want one of the new epoch", e.Receipt)
	}
	if again := clerk.MustWrite(t, w.Community, "two"); again.Incarnation != 8 {
		t.Errorf("the device writes under %d, want 8", again.Incarnation)
	}
}

// TestLaterIncarnationComesBack: a device whose journal was lost hears first of
// an incarnation that is above the one it begins with.
func TestLaterIncarnationComesBack(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	mustLearn(t, clerk, street)
	third := clerk.Own(w.Community)
	third.Incarnation = 3
	wantKept(t, mustAppend(t, clerk, above(street), streamstest.MustBatch(t, clerk.Config.Key, third, change.Mark{}, "said")))
	wantEpoch(t, clerk, 1, 4)
}
