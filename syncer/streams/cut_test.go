package streams_test

import (
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

const (
	oneDay = 24 * time.Hour
	month  = 30 * oneDay
)

// dated is a device whose clock the test sets.
type dated struct {
	*streamstest.Device
	ahead time.Duration
}

func mustDate(t *testing.T, d *streamstest.Device) *dated {
	t.Helper()
	of := &dated{Device: d}
	d.MustClose(t)
	d.Config.Now = func() time.Time { return time.Now().Add(of.ahead) }
	d.MustReopen(t)
	return of
}

// town are a clerk with three batches that the city has recorded, and the city.
type town struct {
	*streamstest.World
	clerk, root *dated
	own         change.Stream
	batches     []*change.Batch
}

func mustTown(t *testing.T) *town {
	t.Helper()
	w := streamstest.MustFound(t)
	o := &town{World: w, clerk: mustDate(t, w.MustJoin(t, w.Community)), root: mustDate(t, w.MustJoin(t, w.City))}
	mustLearn(t, o.clerk.Device, o.root.Device)
	mustLearn(t, o.root.Device, o.clerk.Device)
	for _, text := range []string{"one", "two", "three"} {
		o.mustSay(t, text)
	}
	return o
}

// mustSay has the clerk write a batch, the city record it, and the clerk hear of it.
func (o *town) mustSay(t *testing.T, text string) {
	t.Helper()
	o.own = o.clerk.MustWrite(t, o.Community, text)
	if err := o.clerk.Seal(t.Context(), o.own); err != nil {
		t.Fatal(err)
	}
	var after change.Mark
	if n := len(o.batches); n > 0 {
		after = o.batches[n-1].End()
	}
	b, _, err := o.clerk.Load(o.own, after, 1)
	if err != nil || len(b) != 1 {
		t.Fatal(b, err)
	}
	o.batches = append(o.batches, b[0])
	wantKept(t, mustAppend(t, o.root.Device, below(o.clerk.Device), b...))
	mustRecord(t, o.root.Device, o.own)
	mustTell(t, o.root.Device, o.clerk.Device, o.own)
}

func (o *town) wantCut(t *testing.T, want int) {
	t.Helper()
	dry, err := o.clerk.Cut(t.Context(), month, true)
	if err != nil || dry.Batches != want {
		t.Fatalf("would cut %+v, want %d batches: %v", dry, want, err)
	}
	got, err := o.clerk.Cut(t.Context(), month, false)
	if err != nil || got != dry {
		t.Fatalf("cut %+v, want %+v: %v", got, dry, err)
	}
}

// TestCutTakesTwoClocks: neither the clock here nor the city's cuts anything alone.
func TestCutTakesTwoClocks(t *testing.T) {
	o := mustTown(t)
	o.wantCut(t, 0) // it is noted what is recorded
	o.clerk.ahead = 10 * month
	o.wantCut(t, 0)
	o.clerk.ahead, o.root.ahead = 0, 10*month
	o.mustSay(t, "four")
	o.wantCut(t, 0)
	o.clerk.ahead = month + oneDay
	o.wantCut(t, 3)
	wantTexts(t, o.clerk.Device, "one", "two", "three", "four")
	wantReached(t, o.clerk.Device, o.own, streams.Reached{Head: 4, Parent: 4, City: 4})
}

// TestCutCountsFromTheReceipt: what lay here for long and was recorded yesterday stays.
func TestCutCountsFromTheReceipt(t *testing.T) {
	o := mustTown(t)
	o.clerk.ahead, o.root.ahead = 2*month, 2*month
	o.mustSay(t, "four")
	o.wantCut(t, 0)
	o.clerk.ahead, o.root.ahead = 2*month+oneDay, 2*month+oneDay
	o.mustSay(t, "five")
	o.wantCut(t, 0)
}

// TestCutWaitsInANewEpoch: of what the city has signed again, the retention begins again.
func TestCutWaitsInANewEpoch(t *testing.T) {
	o := mustTown(t)
	words := o.root.MustWrite(t, o.City, "tree")
	o.root.MustSeal(t, words)
	o.wantCut(t, 0)
	o.clerk.ahead, o.root.ahead = 2*month, 2*month
	if err := o.root.Renew(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	mustTell(t, o.root.Device, o.clerk.Device, words)
	o.wantCut(t, 0) // the receipt is of the epoch before
	mustTell(t, o.root.Device, o.clerk.Device, o.own)
	o.mustSay(t, "four")
	o.wantCut(t, 0) // it counts, and the note of before does not
	o.clerk.ahead, o.root.ahead = 4*month, 4*month
	o.mustSay(t, "five")
	o.wantCut(t, 4) // what was noted in this epoch
}

// TestLoadOfACutStream: who lacks what was cut off is told, and is no fork.
func TestLoadOfACutStream(t *testing.T) {
	o := mustTown(t)
	o.mustCut(t)
	for _, after := range []change.Mark{{}, o.batches[0].End()} {
		_, _, err := o.clerk.Load(o.own, after, 1)
		if fault.Of(err) != fault.Unavailable {
			t.Errorf("after %d: %v", after.Seq, err)
		}
	}
	if _, _, err := o.clerk.Load(o.own, change.Mark{Seq: 1, Hash: change.Hash{9}}, 1); fault.Of(err) != fault.Forked {
		t.Errorf("after another history: %v", err)
	}
	b, _, err := o.clerk.Load(o.own, o.batches[1].End(), 1)
	if err != nil || len(b) != 1 || b[0].Hash() != o.batches[2].Hash() {
		t.Errorf("after what was cut off: %v %v", b, err)
	}
	m, err := o.clerk.Match(o.own, []change.Mark{{Seq: 9}, o.batches[0].End()})
	if err != nil || !m.Found || m.Mark != o.batches[0].End() {
		t.Errorf("an end of what was cut off: %+v, %v", m, err)
	}
}

// mustCut cuts all but the last batch.
func (o *town) mustCut(t *testing.T) {
	t.Helper()
	err := o.clerk.Journal.Update(t.Context(), func(tx *journal.Tx) error { return streamstest.NoteOld(tx, time.Now().Add(-2*month)) })
	if err != nil {
		t.Fatal(err)
	}
	o.wantCut(t, len(o.batches)-1)
}

// TestGivesWayBelowACut: the parent's history parts from ours where ours was cut off.
// What it does not have is written again.
func TestGivesWayBelowACut(t *testing.T) {
	o := mustTown(t)
	o.mustCut(t)
	other := streamstest.MustBatch(t, o.clerk.Config.Key, o.own, o.batches[0].End(), "other", "more")
	street := o.MustJoin(t, o.Street)
	wantKept(t, mustAppend(t, o.clerk.Device, above(street), other))
	wantTexts(t, o.clerk.Device, "one", "other", "more", "two", "three")
	if n, err := o.clerk.Incarnation(); n != 2 || err != nil {
		t.Errorf("goes on under incarnation %d, %v", n, err)
	}
	report, err := o.clerk.Journal.Verify(t.Context(), nil)
	if err != nil || report.Found > 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestHubsAreNotCut: those below them are filled from them.
func TestHubsAreNotCut(t *testing.T) {
	o := mustTown(t)
	if _, err := o.root.Cut(t.Context(), month, true); fault.Of(err) != fault.Invalid {
		t.Errorf("the city: %v", err)
	}
	if _, err := o.clerk.Cut(t.Context(), time.Hour, true); fault.Of(err) != fault.Invalid {
		t.Errorf("batches are kept for an hour: %v", err)
	}
}

// TestCutIsCounted: what was cut is counted, of the streams that lost something alone, and
// nothing of it twice. A day is the shortest time for which batches may be kept.
func TestCutIsCounted(t *testing.T) {
	o := mustTown(t)
	if _, err := o.clerk.Cut(t.Context(), oneDay, true); err != nil {
		t.Errorf("batches are kept for a day: %v", err)
	}
	words := o.root.MustWrite(t, o.City, "of the city")
	if err := o.root.Seal(t.Context(), words); err != nil {
		t.Fatal(err)
	}
	all, _, err := o.root.Load(words, change.Mark{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	wantKept(t, mustAppend(t, o.clerk.Device, above(o.root.Device), all...))
	if err := o.clerk.Journal.Update(t.Context(), func(tx *journal.Tx) error { return streamstest.NoteOld(tx, time.Now().Add(-2*month)) }); err != nil {
		t.Fatal(err)
	}
	got, err := o.clerk.Cut(t.Context(), month, false)
	if err != nil || got.Streams != 1 || got.Batches != 2 || got.Changes != 2 || got.Bytes <= 0 {
		t.Errorf("cut %+v, %v, want two batches of a change each of one stream", got, err)
	}
	if again, err := o.clerk.Cut(t.Context(), month, false); err != nil || again != (streams.Cut{}) {
		t.Errorf("cut again %+v, %v", again, err)
	}
}

// TestMarkWithinABatch: a mark that is the end of no batch is another history, also where
// that batch is the first and was cut off.
func TestMarkWithinABatch(t *testing.T) {
	w := streamstest.MustFound(t)
	o := &town{World: w, clerk: mustDate(t, w.MustJoin(t, w.Community)), root: mustDate(t, w.MustJoin(t, w.City))}
	mustLearn(t, o.clerk.Device, o.root.Device)
	mustLearn(t, o.root.Device, o.clerk.Device)
	o.clerk.MustWrite(t, o.Community, "of one batch")
	for _, text := range []string{"with this", "two", "three"} {
		o.mustSay(t, text)
	}
	o.mustCut(t)
	for after, want := range map[change.Mark]fault.Kind{
		{}:                             fault.Unavailable,
		{Seq: 1, Hash: change.Hash{9}}: fault.Forked,
		o.batches[0].End():             fault.Unavailable,
		{Seq: 2, Hash: change.Hash{9}}: fault.Forked,
		o.batches[1].End():             fault.OK,
	} {
		if _, _, err := o.clerk.Load(o.own, after, 1); fault.Of(err) != want {
			t.Errorf("after %d: got %v, want %v", after.Seq, err, want)
		}
	}
}
