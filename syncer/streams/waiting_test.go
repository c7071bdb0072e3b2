package streams_test

import (
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/syncer"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

// TestRecordedWhileWordsAreMissing: a receipt that names words of the city which are not here
// yet says nothing new; what was recorded before it came stays recorded.
func TestRecordedWhileWordsAreMissing(t *testing.T) {
	o := mustTown(t)
	held, _, err := o.clerk.LoadReceipt(o.own)
	if err != nil || held == nil || held.Seq != 3 {
		t.Fatal(held, err)
	}
	wantReached(t, o.clerk.Device, o.own, streams.Reached{Head: 3, Parent: 3, City: 3})
	o.own = o.clerk.MustWrite(t, o.Community, "four")
	if err := o.clerk.Seal(t.Context(), o.own); err != nil {
		t.Fatal(err)
	}
	b, _, err := o.clerk.Load(o.own, o.batches[2].End(), 1)
	if err != nil || len(b) != 1 {
		t.Fatal(b, err)
	}
	city := o.root.Keys.Device()
	words := change.Stream{Device: city, Incarnation: 1, Audience: o.Community}
	r := change.Receipt{City: city, Stream: o.own, Seq: 4, Hash: b[0].Hash(), Epoch: held.Epoch, At: held.At, Spoken: change.Spoken{Stream: words, Seq: 9}}
	signed, err := r.Sign(o.root.Keys.Key())
	if err != nil {
		t.Fatal(err)
	}
	if err := o.clerk.StoreReceipt(t.Context(), signed.Bytes()); err != nil {
		t.Fatal(err)
	}
	wantReached(t, o.clerk.Device, o.own, streams.Reached{Head: 4, Parent: 4, City: 3})
}

// TestReceiptsAtTheTops: a receipt whose numbers are the highest there can be is taken.
func TestReceiptsAtTheTops(t *testing.T) {
	w := streamstest.MustFound(t)
	city, clerk := w.MustJoin(t, w.City), w.MustJoin(t, w.Community)
	mustLearn(t, clerk, city)
	own := clerk.Own(w.Community)
	for _, r := range []change.Receipt{
		{Stream: later(clerk, syncer.MaxIncarnation), Seq: 1, Epoch: 1}, {Stream: own, Seq: syncer.MaxSeq, Epoch: 1}, {Stream: own, Seq: 1, Epoch: syncer.MaxEpoch},
	} {
		r.City, r.Hash = city.Keys.Device(), change.Hash{1}
		signed, err := r.Sign(city.Keys.Key())
		if err != nil {
			t.Fatal(err)
		}
		if err := clerk.StoreReceipt(t.Context(), signed.Bytes()); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
		if held, _, err := clerk.LoadReceipt(r.Stream); err != nil || held == nil || held.Seq != r.Seq || held.Epoch != r.Epoch {
			t.Errorf("%+v: got %v, %v, want it stored", r, held, err)
		}
	}
}

// TestTimesOfTheCity: of what was stored the latest time of the city's batches is told, of
// nobody else's, and of none that was not stored.
func TestTimesOfTheCity(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, root, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.City), w.MustJoin(t, w.Street)
	var told []time.Time
	clerk.MustClose(t)
	clerk.Config.Signed = func(at time.Time) { told = append(told, at) }
	clerk.MustReopen(t)
	mustLearn(t, clerk, root)
	mustLearn(t, clerk, street)
	write := func(d *streamstest.Device, unit change.UnitID, after change.Mark) *change.Batch {
		t.Helper()
		of := d.MustWrite(t, unit, "words")
		if err := d.Seal(t.Context(), of); err != nil {
			t.Fatal(err)
		}
		b, _, err := d.Load(of, after, 1)
		if err != nil || len(b) != 1 {
			t.Fatal(b, err)
		}
		return b[0]
	}
	wantKept(t, mustAppend(t, clerk, above(street), write(street, w.Street, change.Mark{})))
	if len(told) > 0 {
		t.Errorf("told %v of a street's batch", told)
	}
	first := write(root, w.City, change.Mark{})
	second := write(root, w.City, first.End())
	mustAppend(t, clerk, above(root), second) // before the first: not stored
	if len(told) > 0 {
		t.Errorf("told %v of a batch that was not stored", told)
	}
	wantKept(t, mustAppend(t, clerk, above(root), first))
	if len(told) != 1 || !told[0].Equal(time.UnixMilli(first.Sealed)) {
		t.Errorf("told %v, want the city's time %v", told, time.UnixMilli(first.Sealed))
	}
}
