package reports_test

import (
	"math"
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/report"
	"tongbu/node/reports"
)

// TestRecountAfterACut: a node counts a report again whose position lies before where
// batches begin, and makes the next one: every change is kept, and so is where batches
// ended. A position that never was one is still another history.
func TestRecountAfterACut(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	w.sync()
	before := make1(t, w.atFirst, reports.Order{Period: december})
	for n := 2; n < 5; n++ {
		w.family(w.first, n)
		w.sync()
	}
	all := make1(t, w.atFirst, reports.Order{Period: december})
	of := change.Stream{Device: w.first.Keys.Device(), Incarnation: 1, Audience: w.first.Place.Unit}
	var cut journal.Cutting
	err := w.first.Journal.Update(t.Context(), func(tx *journal.Tx) (err error) {
		cut, err = tx.Cut(of, math.MaxUint64, 1<<20)
		return err
	})
	at := slices.IndexFunc(read(t, before).Streams, func(p report.Position) bool { return p.Stream == of })
	if err != nil || at < 0 || cut.Base.Seq <= read(t, before).Streams[at].Seq {
		t.Fatalf("cut %+v, %v", cut, err)
	}
	for _, of := range []*report.Signed{before, all} {
		if out := recounts(t, w.atFirst, of, report.Equal); len(out.Streams) > 0 {
			t.Errorf("got %+v", out)
		}
	}
	recounts(t, w.atFirst, make1(t, w.atFirst, reports.Order{Period: december}), report.Equal)
	recounts(t, w.atFirst, w.forged(before, func(r *report.Report) { r.Streams[at].Seq-- }), report.History)
}
