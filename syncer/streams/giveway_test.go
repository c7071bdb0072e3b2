package streams_test

import (
	"os"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/streams/streamstest"
)

// copied is a second installation from a copy of the directory as it is.
func copied(t *testing.T, d *streamstest.Device) *streamstest.Device {
	t.Helper()
	path := d.Path + ".copy"
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Journal.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return d.World.MustOpen(t, d.Keys, path)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestOvertaken: an older copy learns from its parent what it had said, and
// goes on under a new incarnation.
func TestOvertaken(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	own := clerk.MustWrite(t, w.Community, "one")
	clerk.MustSeal(t, own)
	old := copied(t, clerk)
	clerk.MustWrite(t, w.Community, "two")
	b := clerk.MustSeal(t, own)
	over := old.Over()
	wantKept(t, mustAppend(t, old, above(street), b...))
	if !closed(over) {
		t.Error("links go on as if nothing had happened")
	}
	wantTexts(t, old, "one", "two")
	if got := old.MustWrite(t, w.Community, "three"); got.Incarnation != 2 {
		t.Errorf("goes on under incarnation %d, want 2", got.Incarnation)
	}
	if n, err := old.Incarnation(); n != 2 || err != nil {
		t.Errorf("incarnation %d, %v", n, err)
	}
}

// TestGivesWay: what the copy had written meanwhile is written again, and
// offered.
func TestGivesWay(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	own := clerk.MustWrite(t, w.Community, "one")
	clerk.MustSeal(t, own)
	clone := copied(t, clerk)
	clerk.MustWrite(t, w.Community, "two", "three")
	clerk.MustSeal(t, own)
	clerk.MustWrite(t, w.Community, "four")
	b := clerk.MustSeal(t, own)
	clone.MustWrite(t, w.Community, "two", "other")
	clone.MustSeal(t, own)
	clone.MustWrite(t, w.Community, "open")
	wantKept(t, mustAppend(t, clone, above(street), b...))
	wantTexts(t, clone, "one", "two", "three", "four", "other", "open")
	again := own
	again.Incarnation = 2
	if e, ok := clone.Entry(again); !ok || e.Head != 2 {
		t.Errorf("what was written again is not offered: %+v", e)
	}
	clone.MustClose(t)
	clone.MustReopen(t)
	wantTexts(t, clone, "one", "two", "three", "four", "other", "open")
	if n, err := clone.Incarnation(); n != 2 || err != nil {
		t.Errorf("incarnation %d, %v, want 2", n, err)
	}
}

// TestCopyOfTail: a copy that was made before the tail was sent, and sent by
// the original, is no clone; nothing is written twice.
func TestCopyOfTail(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	own := clerk.MustWrite(t, w.Community, "one", "two")
	old := copied(t, clerk)
	b := clerk.MustSeal(t, own)
	old.MustWrite(t, w.Community, "three")
	wantKept(t, mustAppend(t, old, above(street), b...))
	wantTexts(t, old, "one", "two", "three")
}

// TestRelayGivesWay: of another's stream the relay takes the parent's
// history, and writes nothing itself.
func TestRelayGivesWay(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street), w.MustJoin(t, w.City)
	mustLearn(t, street, clerk)
	own := clerk.Own(w.Community)
	ours := streamstest.MustBatch(t, clerk.Config.Key, own, change.Mark{}, "a1", "a2")
	theirs := streamstest.MustBatch(t, clerk.Config.Key, own, change.Mark{}, "b1")
	wantKept(t, mustAppend(t, street, below(clerk), ours))
	if got := mustAppend(t, street, below(clerk), theirs); got[0].Outcome != syncer.Differs || got[0].Mark != ours.End() {
		t.Errorf("a child's other history: %+v", got[0])
	}
	wantTexts(t, street, "a1", "a2")
	wantKept(t, mustAppend(t, street, above(root), theirs))
	wantTexts(t, street, "b1")
	if n, err := street.Incarnation(); n != 1 || err != nil {
		t.Errorf("incarnation %d, %v, want 1", n, err)
	}
}

// TestGapBeforeAFork: the parent's batch stands beyond the common end.
func TestGapBeforeAFork(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street), w.MustJoin(t, w.City)
	mustLearn(t, street, clerk)
	own := clerk.Own(w.Community)
	ours := streamstest.MustBatch(t, clerk.Config.Key, own, change.Mark{}, "a1", "a2")
	b1 := streamstest.MustBatch(t, clerk.Config.Key, own, change.Mark{}, "b1")
	b2 := streamstest.MustBatch(t, clerk.Config.Key, own, b1.End(), "b2")
	wantKept(t, mustAppend(t, street, below(clerk), ours))
	if got := mustAppend(t, street, above(root), b2); got[0].Outcome != syncer.Differs {
		t.Errorf("got %+v, want differs", got[0])
	}
	wantTexts(t, street, "a1", "a2")
	if m, err := street.Match(own, []change.Mark{b2.End(), b1.End()}); err != nil || m.Found || m.Lowest != 1 {
		t.Errorf("match: %+v, %v", m, err)
	}
	wantKept(t, mustAppend(t, street, above(root), b1, b2))
	if m, err := street.Match(own, []change.Mark{{Seq: 3}, b2.End(), b1.End()}); err != nil || m.Mark != b2.End() {
		t.Errorf("match: %+v, %v", m, err)
	}
	if ends, err := street.Ends(own, 2); err != nil || len(ends) != 1 || ends[0] != b1.End() {
		t.Errorf("ends: %v, %v", ends, err)
	}
	if _, _, err := street.Load(own, ours.End(), 1000); err != nil {
		t.Errorf("nothing after the end: %v", err)
	}
	wrong := b1.End()
	wrong.Hash[0]++
	if _, _, err := street.Load(own, wrong, 1000); fault.Of(err) != fault.Forked {
		t.Errorf("after another history's mark: %v, want forked", err)
	}
}

// TestCityComesFromBelow: a hub that lost what had come down through it takes
// it from those below.
func TestCityComesFromBelow(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street, root := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street), w.MustJoin(t, w.City)
	mustLearn(t, street, root)
	for _, audience := range []change.UnitID{w.City, w.Street, w.Community} {
		b := streamstest.MustBatch(t, root.Config.Key, root.Own(audience), change.Mark{}, "said")
		wantKept(t, mustAppend(t, street, below(clerk), b))
	}
	b := streamstest.MustBatch(t, root.Config.Key, root.Own(w.Neighbour), change.Mark{}, "said")
	if got := mustAppend(t, street, below(clerk), b); got[0].Fault != fault.Denied {
		t.Errorf("a neighbour's: %+v, want denied", got[0])
	}
}

// TestOwnWordsComeBack: a hub that was restored takes from below what it had
// said, and goes on under a new incarnation.
func TestOwnWordsComeBack(t *testing.T) {
	w := streamstest.MustFound(t)
	clerk, street := w.MustJoin(t, w.Community), w.MustJoin(t, w.Street)
	b := streamstest.MustBatch(t, street.Config.Key, street.Own(w.Community), change.Mark{}, "said")
	wantKept(t, mustAppend(t, street, below(clerk), b))
	wantTexts(t, street, "said")
	if n, err := street.Incarnation(); n != 2 || err != nil {
		t.Errorf("incarnation %d, %v, want 2", n, err)
	}
}
