package streams_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

func below(d *streamstest.Device) streams.Sender { return streams.Sender{Peer: d.Config.Self} }

func above(d *streamstest.Device) streams.Sender {
	return streams.Sender{Peer: d.Config.Self, Parent: true}
}

func mustLearn(t *testing.T, d *streamstest.Device, of ...*streamstest.Device) {
	t.Helper()
	for _, o := range of {
		if err := d.Learn(t.Context(), o.Keys.Certificate().Raw); err != nil {
			t.Fatal(err)
		}
	}
}

func mustAppend(t *testing.T, d *streamstest.Device, from streams.Sender, batches ...*change.Batch) []syncer.Result {
	t.Helper()
	var sealed [][]byte
	for _, b := range batches {
		sealed = append(sealed, b.Bytes())
	}
	results, err := d.Append(t.Context(), from, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func wantKept(t *testing.T, results []syncer.Result) {
	t.Helper()
	for _, r := range results {
		if r.Outcome != syncer.Kept {
			t.Fatalf("got %+v, want kept", r)
		}
	}
}

func wantTexts(t *testing.T, d *streamstest.Device, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, d.Texts(t)); diff != "" {
		t.Errorf("texts (-want +got)\n%s", diff)
	}
}

func TestKept(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	mustLearn(t, street, clerk)
	own := clerk.MustWrite(t, w.Community, "one", "two")
	b := clerk.MustSeal(t, own)
	changed := street.Changed()
	_, version := street.Entries()
	want := []syncer.Result{{Stream: own, Outcome: syncer.Kept, End: b[0].End(), Mark: b[0].End()}}
	for range 2 { // the second time it is known
		if diff := cmp.Diff(want, mustAppend(t, street, below(clerk), b...)); diff != "" {
			t.Error(diff)
		}
	}
	wantTexts(t, street, "one", "two")
	select {
	case <-changed:
	default:
		t.Error("nobody is told of the new batch")
	}
	got, _ := street.Since(version)
	if len(got) != 1 || got[0].Sealed != b[0].End() || got[0].Author != w.Community {
		t.Errorf("since: %+v", got)
	}
	street.MustClose(t)
	street.MustReopen(t)
	if e, ok := street.Entry(own); !ok || e != got[0] {
		t.Errorf("after a restart: %+v, want %+v", e, got[0])
	}
	wantKept(t, mustAppend(t, street, below(clerk), b...))
}

// TestEntries: the list is new after each change, and a list that somebody has
// stays as it was.
func TestEntries(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	mustLearn(t, street, clerk)
	before, _ := street.Entries()
	copied := slices.Clone(before)
	own := clerk.MustWrite(t, w.Community, "one")
	for want := uint64(1); want <= 2; want++ {
		wantKept(t, mustAppend(t, street, below(clerk), clerk.MustSeal(t, own)...))
		after, _ := street.Entries()
		at := slices.IndexFunc(after, func(e syncer.Entry) bool { return e.Stream == own })
		if len(after) != len(before)+1 || at < 0 || after[at].Sealed.Seq != want {
			t.Errorf("%+v, want the clerk's stream up to %d", after, want)
		}
		clerk.MustWrite(t, w.Community, "another")
	}
	if diff := cmp.Diff(copied, before); diff != "" {
		t.Errorf("the list from before (-want +got)\n%s", diff)
	}
}

func TestBehind(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	mustLearn(t, street, clerk)
	own := clerk.MustWrite(t, w.Community, "one")
	clerk.MustSeal(t, own)
	clerk.MustWrite(t, w.Community, "two")
	b := clerk.MustSeal(t, own)
	got := mustAppend(t, street, below(clerk), b[1])
	if got[0].Outcome != syncer.Behind || got[0].Mark != (change.Mark{}) {
		t.Errorf("got %+v", got[0])
	}
	wantKept(t, mustAppend(t, street, below(clerk), b[0], b[1]))
}

// TestRefused: one bad batch in a group harms nobody.
func TestRefused(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street, other := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street), w.MustJoin(t, w.Neighbour)
	stranger := streamstest.MustFound(t)
	alien := stranger.MustJoin(t, stranger.Community)
	mustLearn(t, street, clerk, other)
	own := clerk.Own(w.Community)
	good := streamstest.MustBatch(t, clerk.Config.Key, own, change.Mark{}, "good")
	tests := []struct {
		name string
		bad  *change.Batch
		want fault.Kind
	}{
		{"a forger's signature", forged(t, streamstest.MustBatch(t, clerk.Config.Key, own, change.Mark{}, "x")), fault.Damaged},
		{"an audience beside", streamstest.MustBatch(t, clerk.Config.Key, clerk.Own(w.Neighbour), change.Mark{}, "x"), fault.Denied},
		{"an audience above", streamstest.MustBatch(t, clerk.Config.Key, clerk.Own(w.City), change.Mark{}, "x"), fault.Denied},
		{"a device of another subtree", streamstest.MustBatch(t, other.Config.Key, other.Own(w.Neighbour), change.Mark{}, "x"), fault.Denied},
		{"a device nobody knows", streamstest.MustBatch(t, alien.Config.Key, alien.Own(w.Community), change.Mark{}, "x"), fault.NotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := mustAppend(t, street, below(clerk), test.bad, good)
			if got[0].Outcome != syncer.Refused || got[0].Fault != test.want || got[0].Reason == "" {
				t.Errorf("got %+v, want %v", got[0], test.want)
			}
			wantKept(t, got[1:])
		})
	}
	wantTexts(t, street, "good")
	if err := street.Learn(t.Context(), alien.Keys.Certificate().Raw); fault.Of(err) != fault.Denied {
		t.Errorf("a certificate of another network: %v", err)
	}
	if err := street.Learn(t.Context(), []byte("none")); fault.Of(err) != fault.Denied {
		t.Errorf("no certificate at all: %v", err)
	}
	if _, err := street.Append(t.Context(), below(clerk), [][]byte{good.Bytes()[:40]}); fault.Of(err) != fault.Damaged {
		t.Errorf("half a batch: %v", err)
	}
}

// forged is the batch with one bit changed, so that its form still holds.
func forged(t *testing.T, b *change.Batch) *change.Batch {
	t.Helper()
	for i := range b.Bytes() {
		raw := bytes.Clone(b.Bytes())
		raw[i] ^= 1
		if other, err := change.ParseBatch(raw); err == nil && other.Stream == b.Stream && other.First == b.First {
			return other
		}
	}
	t.Fatal("no bit can be changed")
	return nil
}

func forgedReceipt(t *testing.T, signed []byte) []byte {
	t.Helper()
	raw := bytes.Clone(signed)
	raw[len(raw)-1] ^= 1 // the signature stands last
	return raw
}

func TestRevoked(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	mustLearn(t, street, clerk)
	street.MustClose(t)
	street.Config.Banned = func(d change.DeviceID) bool { return d == clerk.Config.Self.Device }
	street.MustReopen(t)
	b := streamstest.MustBatch(t, clerk.Config.Key, clerk.Own(w.Community), change.Mark{}, "x")
	if got := mustAppend(t, street, below(clerk), b); got[0].Fault != fault.Denied {
		t.Errorf("got %+v, want denied", got[0])
	}
}

// TestStateFails: batch and state move together or not at all.
func TestStateFails(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	mustLearn(t, street, clerk)
	b := streamstest.MustBatch(t, clerk.Config.Key, clerk.Own(w.Community), change.Mark{}, "x")
	street.Records.Broken = fault.New(fault.Full, "no room")
	if _, err := street.Append(t.Context(), below(clerk), [][]byte{b.Bytes()}); fault.Of(err) != fault.Full {
		t.Errorf("got %v, want full", err)
	}
	if e, ok := street.Entry(b.Stream); ok {
		t.Errorf("the batch is held without its effect: %+v", e)
	}
	street.Records.Broken = nil
	wantKept(t, mustAppend(t, street, below(clerk), b))
	wantTexts(t, street, "x")
}

func TestReceipts(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street), w.MustJoin(t, w.City)
	own := clerk.MustWrite(t, w.Community, "one")
	end := clerk.MustSeal(t, own)[0].End()
	sign := func(d *streamstest.Device, r change.Receipt) []byte {
		r.City, r.Stream = d.Config.Self.Device, own
		signed, err := r.Sign(d.Config.Key)
		if err != nil {
			t.Fatal(err)
		}
		return signed.Bytes()
	}
	good := change.Receipt{Seq: end.Seq, Hash: end.Hash, Epoch: 1}
	if err := clerk.StoreReceipt(t.Context(), sign(root, good)); fault.Of(err) != fault.NotFound {
		t.Errorf("the city is not known yet: %v", err)
	}
	mustLearn(t, clerk, root, street)
	for name, test := range map[string]struct {
		signed []byte
		want   fault.Kind
	}{
		"no receipt":         {[]byte("none"), fault.Damaged},
		"a street's receipt": {sign(street, good), fault.Denied},
		"a forged signature": {forgedReceipt(t, sign(root, good)), fault.Damaged},
		"the city's":         {sign(root, good), fault.OK},
		"an older one":       {sign(root, change.Receipt{Seq: 0, Epoch: 1}), fault.OK},
	} {
		if err := clerk.StoreReceipt(t.Context(), test.signed); fault.Of(err) != test.want {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if e, _ := clerk.Entry(own); e.Receipt != (syncer.ReceiptAt{Epoch: 1, Seq: 1}) {
		t.Errorf("entry: %+v", e)
	}
	r, certificate, err := clerk.LoadReceipt(own)
	if err != nil || r.Seq != 1 || !slices.Equal(certificate, root.Keys.Certificate().Raw) {
		t.Errorf("load: %v, %v", r, err)
	}
	wantReached(t, clerk, own, streams.Reached{Head: 1, Parent: 1, City: 1})
	if err := clerk.StoreReceipt(t.Context(), sign(root, change.Receipt{Seq: 1, Hash: change.Hash{9}, Epoch: 2})); err != nil {
		t.Fatal(err)
	}
	wantReached(t, clerk, own, streams.Reached{Head: 1}) // the city has other bytes under this number
}

func wantReached(t *testing.T, d *streamstest.Device, of change.Stream, want streams.Reached) {
	t.Helper()
	err := d.View(func(tx *journal.Tx) error {
		got, err := d.Reached(tx, of)
		if got != want {
			t.Errorf("reached %+v, want %+v", got, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestReached(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	wantReached(t, clerk, clerk.Own(w.Community), streams.Reached{})
	own := clerk.MustWrite(t, w.Community, "one", "two")
	wantReached(t, clerk, own, streams.Reached{Head: 2})
	for _, have := range []syncer.Have{
		{Stream: own, Mark: clerk.MustSeal(t, own)[0].End()},
		{Stream: street.Own(w.Community), Mark: change.Mark{Seq: 9}}, // another's: not kept
	} {
		clerk.Acked(have)
	}
	wantReached(t, clerk, own, streams.Reached{Head: 2, Parent: 2})
	if err := clerk.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	clerk.MustWrite(t, w.Community, "three")
	clerk.MustClose(t)
	clerk.MustReopen(t)
	wantReached(t, clerk, own, streams.Reached{Head: 3, Parent: 2})
	wantReached(t, clerk, street.Own(w.Community), streams.Reached{})
}

func TestSealAtOnce(t *testing.T) {
	w := streamstest.MustFound(t)
	street := w.MustJoin(t, w.Street)
	street.MustClose(t)
	street.Config.SealAtOnce, street.Config.Now = true, time.Now
	street.MustReopen(t)
	own := street.MustWrite(t, w.Community, "one", "two")
	if e, _ := street.Entry(own); e.Sealed.Seq != 2 || e.Head != 2 {
		t.Errorf("entry %+v, want two sealed", e)
	}
}

func TestLongForgotten(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk := w.MustJoin(t, w.Community)
	_, start := clerk.Entries()
	own := clerk.Own(w.Community)
	for range 3 { // more than the index remembers
		err := clerk.Write(t.Context(), func(w *streams.Writer) error {
			for n := range uint32(2000) {
				of := own
				of.Incarnation = n + 1
				w.Touch(of)
			}
			_, err := w.Add(own, clerk.Config.Self.Unit, streamstest.Edit(t, "x"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := clerk.Since(start); len(got) != 1 {
		t.Errorf("got %d entries, want 1", len(got))
	}
	over := clerk.Over()
	clerk.Restart()
	select {
	case <-over:
	default:
		t.Error("links are not told to open again")
	}
}

// TestKeptUntilTheCityHasIt: that the next hub has a batch is no reason to drop
// it. It may lose it again before the city has it, and is given it once more.
func TestKeptUntilTheCityHasIt(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street), w.MustJoin(t, w.City)
	mustLearn(t, street, clerk)
	mustLearn(t, root, clerk)
	own := clerk.MustWrite(t, w.Community, "one", "two")
	b := clerk.MustSeal(t, own)
	wantKept(t, mustAppend(t, street, below(clerk), b...))
	street.Acked(syncer.Have{Stream: own, Mark: b[0].End()})
	if err := street.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	street.MustClose(t)
	street.MustReopen(t)
	kept, _, err := street.Load(own, change.Mark{}, 1<<20)
	if err != nil || len(kept) != len(b) {
		t.Fatalf("the street holds %d batches (%v), want %d", len(kept), err, len(b))
	}
	wantKept(t, mustAppend(t, root, below(street), kept...))
	wantTexts(t, root, "one", "two")
}

// TestOwn: a device's own streams are listed apart, and whoever waits for them is
// not woken by others.
func TestOwn(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	said := street.MustWrite(t, w.Street, "to all below")
	written := clerk.Written()
	mustLearn(t, clerk, street)
	for _, b := range street.MustSeal(t, said) {
		if _, err := clerk.Append(t.Context(), above(street), [][]byte{b.Bytes()}); err != nil {
			t.Fatal(err)
		}
	}
	if closed(written) || len(clerk.OwnEntries()) != 0 {
		t.Errorf("a stream of the street counts as the clerk's: %v", clerk.OwnEntries())
	}
	own := clerk.MustWrite(t, w.Community, "a")
	if !closed(written) {
		t.Error("who waits for own streams is not woken")
	}
	clerk.MustClose(t)
	clerk.MustReopen(t)
	got := clerk.OwnEntries()
	if e, _ := clerk.Entry(own); len(got) != 1 || got[0] != e {
		t.Errorf("got %+v, want %+v", got, e)
	}
}
