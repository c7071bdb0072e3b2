package reports_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/report"
	"tongbu/internal/test/kit"
	"tongbu/node/reports"
)

// TestElsewhere: a report of a unit out of scope, whose devices nobody tells of here, is
// missing; one that says it is of a unit in scope, by a device that is not, is denied.
func TestElsewhere(t *testing.T) {
	w := newWorld(t)
	w.family(w.other, 1)
	w.sync()
	of := make1(t, reports.New(w.other, reports.Config{}), reports.Order{Period: december})
	recounts(t, w.atFirst, of, report.Missing)
	_, err := w.atFirst.Diff(t.Context(), of, nil, clerk)
	kit.WantKind(t, err, fault.NotFound)
	recounts(t, w.city.Reports, of, report.Equal)
	recounts(t, w.street.Reports, of, report.Equal)

	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	r := read(t, of)
	r.By.Device = change.DeviceOf(key.Public().(ed25519.PublicKey))
	for _, unit := range []string{kit.First.Code, kit.Street.Code} {
		r.By.Unit = unit
		s, err := report.Sign(r, key)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.atFirst.Recount(t.Context(), s)
		kit.WantKind(t, err, fault.Denied)
	}
}

// TestLater: what has come since a report is asked of a later one.
func TestLater(t *testing.T) {
	w := newWorld(t)
	was := make1(t, w.city.Reports, reports.Order{Period: december})
	w.family(w.first, 1)
	w.sync()
	is := make1(t, w.city.Reports, reports.Order{Period: december})
	if found := w.diff(w.city.Reports, was, is); len(found) == 0 {
		t.Error("the later one: nothing has come")
	}
	w.diff(w.city.Reports, is, is)
	_, err := w.city.Reports.Diff(t.Context(), is, was, clerk)
	kit.WantKind(t, err, fault.Invalid)
	if !strings.Contains(fault.Hint(err), "a later report is wanted") {
		t.Errorf("the hint: %s", fault.Hint(err))
	}
}

// TestCorrectedOnce: a report is corrected by one other, which is corrected in turn; made
// again without a word it stands beside the one that corrects.
func TestCorrectedOnce(t *testing.T) {
	w := newWorld(t)
	was := make1(t, w.city.Reports, reports.Order{Period: december})
	w.family(w.first, 1)
	w.sync()
	is := make1(t, w.city.Reports, reports.Order{Period: december, Corrects: was.ID()})
	_, err := w.city.Reports.Make(t.Context(), reports.Order{Period: december, Corrects: was.ID()[:12]})
	kit.WantKind(t, err, fault.Invalid)
	if !strings.Contains(err.Error(), is.ID()) || !strings.Contains(fault.Hint(err), is.ID()[:16]) {
		t.Errorf("it names no other: %v (%s)", err, fault.Hint(err))
	}
	w.Clock.Advance(5e9)
	w.family(w.first, 2)
	w.sync()
	last := make1(t, w.city.Reports, reports.Order{Period: december, Corrects: is.ID()})
	w.Clock.Advance(5e9)
	w.family(w.first, 3)
	w.sync()
	again := make1(t, w.city.Reports, reports.Order{Period: december})
	other := make1(t, w.city.Reports, reports.Order{Period: "2026-11"})
	lines, err := w.city.Reports.List()
	if err != nil {
		t.Fatal(err)
	}
	newest := []string{other.ID(), again.ID(), last.ID(), is.ID(), was.ID()} // some of them in one second
	for i, l := range lines {
		if beside := map[string]string{again.ID(): last.ID()}[l.Report]; l.MadeAgain != "" || l.Beside != beside {
			t.Errorf("%s of %s was made again as %q, stands beside %q, want %q", l.Report[:8], l.Period, l.MadeAgain, l.Beside, beside)
		}
		if l.Report != newest[i] {
			t.Errorf("line %d is %s, want %s", i, l.Report[:8], newest[i][:8])
		}
		if corrected := l.Report == was.ID() || l.Report == is.ID(); corrected != (len(l.CorrectedBy) == 1) {
			t.Errorf("%s of %s is corrected by %v", l.Report[:8], l.Period, l.CorrectedBy)
		}
	}
}
