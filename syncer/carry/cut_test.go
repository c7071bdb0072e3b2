package carry_test

import (
	"bytes"
	"testing"
	"time"

	"tongbu/internal/journal"
	"tongbu/syncer/carry"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

// TestOutOfACutJournal: a file has what is there, and says that the rest was cut off. Who
// has that takes the file; who lacks it is told that something is missing.
func TestOutOfACutJournal(t *testing.T) {
	w, clerk, root, own := site(t)
	mustIn(t, inward(w, root), mustOut(t, outward(w, clerk, w.Community, root)))
	e, _ := root.Entry(own)
	if err := root.Write(t.Context(), func(x *streams.Writer) error { return x.Record(own, e.Sealed) }); err != nil {
		t.Fatal(err)
	}
	mustIn(t, inward(w, clerk), mustOut(t, outward(w, root, w.Community, clerk)))
	clerk.MustWrite(t, w.Community, "three")
	if err := clerk.Seal(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	old := func(tx *journal.Tx) error { return streamstest.NoteOld(tx, time.Now().AddDate(0, 0, -60)) }
	if err := clerk.Journal.Update(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if cut, err := clerk.Cut(t.Context(), 30*24*time.Hour, false); err != nil || cut.Changes != 2 {
		t.Fatalf("cut %+v, %v", cut, err)
	}
	street := w.MustJoin(t, w.Street)
	var file bytes.Buffer
	s, err := carry.Out(&file, outward(w, clerk, w.Community, root, street))
	if err != nil || s.Cut != 1 || s.Changes != 1 {
		t.Fatalf("the file has %+v, %v", s, err)
	}
	if s, _ := mustIn(t, inward(w, root), file.Bytes()); s.Missing != 0 || s.Batches != 1 {
		t.Errorf("the city takes %+v", s)
	}
	if s, _ := mustIn(t, inward(w, street), file.Bytes()); s.Missing != 1 {
		t.Errorf("a street that lacks what was cut off takes %+v", s)
	}
}
