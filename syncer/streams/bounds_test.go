package streams_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

// later is the device's stream to its unit in an incarnation.
func later(d *streamstest.Device, n uint32) change.Stream {
	s := d.Own(d.Config.Self.Unit)
	s.Incarnation = n
	return s
}

func mustIncarnation(t *testing.T, d *streamstest.Device) uint32 {
	t.Helper()
	n, err := d.Incarnation()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mustSet writes a number into the bucket for what the device knows of itself, as
// an older build could have.
func mustSet(t *testing.T, d *streamstest.Device, key string, value []byte) {
	t.Helper()
	err := d.Journal.Update(t.Context(), func(tx *journal.Tx) error { return tx.Table("custody.self").Put([]byte(key), value) })
	if err != nil {
		t.Fatal(err)
	}
}

// TestNextIncarnation: above all that are known, or where there is no room above
// all, one that nobody has used.
func TestNextIncarnation(t *testing.T) {
	const top = syncer.MaxIncarnation
	tests := map[string]struct {
		now, by uint32
		used    []uint32
		want    uint32
	}{
		"the next":                  {1, 1, []uint32{1}, 2},
		"above all":                 {1, 1, []uint32{1, 7}, 8},
		"a restore":                 {3, 1000, []uint32{3}, 1003},
		"up to the top":             {1, 1, []uint32{top - 1}, top},
		"a copy at the top":         {1, 1, []uint32{1, top}, 2},
		"a copy above the top":      {1, 1, []uint32{1, math.MaxUint32}, 2},
		"a copy that follows":       {1, 1, []uint32{1, 2, 3, top}, 4},
		"no room for a long jump":   {5, 1000, []uint32{5, top - 1}, 1005},
		"at the top":                {top, 1, []uint32{top}, 1},
		"at the top, the first two": {top, 1, []uint32{1, 2, top}, 3},
		"beyond the top":            {math.MaxUint32, 1, []uint32{math.MaxUint32}, 2},
		"of an older build":         {0, 1, nil, 1},
	}
	for name, test := range tests {
		used := map[uint32]bool{}
		for _, n := range test.used {
			used[n] = true
		}
		got, ok := streams.NextIncarnation(test.now, test.by, used)
		if got != test.want || !ok || used[got] || got > top {
			t.Errorf("%s: got %d, %v, want %d", name, got, ok, test.want)
		}
	}
}

// TestCopyAtTheTop: a copy of the directory writes in the last incarnation; the
// device goes on, each further batch of the copy costs it nothing, and it says what
// to do.
func TestCopyAtTheTop(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk := w.MustJoin(t, w.Community)
	clerk.MustWrite(t, w.Community, "one")
	if said, err := clerk.Copied(); err != nil || said != "" {
		t.Errorf("before: got %q, %v", said, err)
	}
	in := later(clerk, syncer.MaxIncarnation)
	first := streamstest.MustBatch(t, clerk.Keys.Key(), in, change.Mark{}, "copy")
	second := streamstest.MustBatch(t, clerk.Keys.Key(), in, first.End(), "again")
	from := streams.Sender{Peer: syncer.Peer{Unit: w.Street}, Parent: true}
	for _, b := range []*change.Batch{first, second} {
		wantKept(t, mustAppend(t, clerk, from, b))
		if got := mustIncarnation(t, clerk); got != 2 {
			t.Errorf("the device goes on in incarnation %d, want 2", got)
		}
		clerk.MustSeal(t, clerk.MustWrite(t, w.Community, "more"))
	}
	if said, err := clerk.Copied(); err != nil || !strings.Contains(said, "revoke") {
		t.Errorf("got %q, %v, want what to do", said, err)
	}
}

// TestBeyondTheTops: what lies above is refused alone, whoever brings it.
func TestBeyondTheTops(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	mustLearn(t, street, clerk)
	fine := streamstest.MustBatch(t, clerk.Keys.Key(), clerk.Own(w.Community), change.Mark{}, "fine")
	beyond := []*change.Batch{
		streamstest.MustBatch(t, clerk.Keys.Key(), later(clerk, syncer.MaxIncarnation+1), change.Mark{}, "one"),
		streamstest.MustBatch(t, clerk.Keys.Key(), later(clerk, math.MaxUint32), change.Mark{}, "one"),
		streamstest.MustBatch(t, clerk.Keys.Key(), clerk.Own(w.Community), change.Mark{Seq: syncer.MaxSeq, Hash: change.Hash{1}}, "one"),
	}
	for _, at := range []int64{math.MaxInt64, math.MinInt64} {
		b, err := change.Seal(change.BatchRows, clerk.Keys.Key(), clerk.Own(w.Community), change.Mark{}, [][]byte{streamstest.Edit(t, "when")}, at)
		if err != nil {
			t.Fatal(err)
		}
		beyond = append(beyond, b)
	}
	above := streams.Sender{Peer: syncer.Peer{Unit: w.Street}, Parent: true}
	for _, b := range beyond {
		for to, from := range map[*streamstest.Device]streams.Sender{street: below(clerk), clerk: above} {
			if got := mustAppend(t, to, from, b); got[0].Outcome != syncer.Refused || got[0].Fault != fault.Invalid {
				t.Errorf("%s up to %d: got %+v, want it refused", b.Stream, b.Last(), got[0])
			}
		}
	}
	wantKept(t, mustAppend(t, street, below(clerk), fine))
	if got := mustIncarnation(t, clerk); got != 1 {
		t.Errorf("the device goes on in incarnation %d", got)
	}
}

// TestStreamsOfADevice: a device may begin so many and no other, in one transaction
// or in many; it writes on in those that it has, and others are not touched by it.
func TestStreamsOfADevice(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, other, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	mustLearn(t, street, clerk, other)
	most := syncer.MaxStreams(1)
	var all []*change.Batch
	for n := range most + 20 {
		all = append(all, streamstest.MustBatch(t, clerk.Keys.Key(), later(clerk, uint32(n+1)), change.Mark{}, "one"))
	}
	results := mustAppend(t, street, below(clerk), all[:most+10]...)
	results = append(results, mustAppend(t, street, below(clerk), all[most+10:]...)...)
	for i, r := range results {
		if kept := i < most; kept != (r.Outcome == syncer.Kept) || !kept && r.Fault != fault.Exhausted {
			t.Fatalf("stream %d: got %+v", i+1, r)
		}
	}
	more := streamstest.MustBatch(t, clerk.Keys.Key(), all[most-1].Stream, all[most-1].End(), "two")
	theirs := streamstest.MustBatch(t, other.Keys.Key(), other.Own(w.Community), change.Mark{}, "three")
	wantKept(t, mustAppend(t, street, below(clerk), more, all[0], theirs))
	if entries, _ := street.Entries(); len(entries) != most+1 {
		t.Errorf("%d streams are held, want %d", len(entries), most+1)
	}
}

// TestAnOlderBuildCountedOn: a directory in which the incarnation went past its end
// is usable again, and what the city has not recorded is written again.
func TestAnOlderBuildCountedOn(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk := w.MustJoin(t, w.Community)
	mustSet(t, clerk, "incarnation", binary.BigEndian.AppendUint32(nil, 0))
	if in := clerk.MustWrite(t, w.Community, "one"); in.Incarnation != 1 {
		t.Errorf("written in incarnation %d", in.Incarnation)
	}
	mustSet(t, clerk, "incarnation", binary.BigEndian.AppendUint32(nil, math.MaxUint32))
	clerk.MustSeal(t, clerk.MustWrite(t, w.Community, "two"))
	if err := clerk.Mend(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := mustIncarnation(t, clerk)
	if n == 0 || n > syncer.MaxIncarnation {
		t.Errorf("it goes on in incarnation %d", n)
	}
	if e, ok := clerk.Entry(later(clerk, n)); !ok || e.Head != 1 {
		t.Errorf("got %+v, want what was written beyond the top", e)
	}
	if err := clerk.Mend(t.Context()); err != nil || mustIncarnation(t, clerk) != n {
		t.Errorf("a second time: got incarnation %d, %v", mustIncarnation(t, clerk), err)
	}
}

// TestReceiptsBeyondTheTops are not stored and do not end the link; and the city's
// epoch ends with a fault that says what to do.
func TestReceiptsBeyondTheTops(t *testing.T) {
	w := streamstest.MustFound(t)
	city, clerk := w.MustJoin(t, w.City), w.MustJoin(t, w.Community)
	mustLearn(t, clerk, city)
	own := clerk.Own(w.Community)
	for _, r := range []change.Receipt{
		{Stream: later(clerk, math.MaxUint32), Seq: 1, Epoch: 1}, {Stream: own, Seq: syncer.MaxSeq + 1, Epoch: 1},
		{Stream: own, Seq: 1, Epoch: syncer.MaxEpoch + 1}, {Stream: own, Seq: 1, Epoch: math.MaxUint64},
		{Stream: own, Seq: 1, Epoch: 1, At: math.MaxInt64},
	} {
		r.City, r.Hash = city.Keys.Device(), change.Hash{1}
		signed, err := r.Sign(city.Keys.Key())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*streamstest.Device{clerk, city} {
			if err := d.StoreReceipt(t.Context(), signed.Bytes()); err != nil {
				t.Errorf("%+v: %v", r, err)
			}
		}
		if held, _, err := clerk.LoadReceipt(r.Stream); err != nil || held != nil {
			t.Errorf("%+v: got %v, %v, want it not stored", r, held, err)
		}
	}
	mustSet(t, city, "epoch", binary.BigEndian.AppendUint64(nil, syncer.MaxEpoch))
	if err := city.Renew(t.Context(), 1); fault.Of(err) != fault.Exhausted || fault.Hint(err) == "" {
		t.Errorf("got %v, want no epoch left", err)
	}
}
