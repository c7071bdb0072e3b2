package streams_test

import (
	"testing"

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
