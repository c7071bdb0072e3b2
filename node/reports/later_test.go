package reports_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/root"
	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/report"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	long "tongbu/internal/test/report"
	"tongbu/node/reports"
)

// TestManyLaterChanges: ten thousand changes after a month leave the figures of its report
// as they are, byte for byte, and one changed event of the past is named among them, alone.
func TestManyLaterChanges(t *testing.T) {
	w := newWorld(t)
	for n := range 5 {
		w.family(w.first, n)
		kit.MustPut(t, w.first, "placement", fmt.Sprintf(`{"id":"e%d","person":"p%d-0","on":"2026-12-1%d","line":"02"}`, n, n, n))
	}
	w.sync()
	was := make1(t, w.city.Reports, reports.Order{Period: december})
	before, most := w.written(), uint64(long.Scale(1_000, 10_000))
	for round := 0; w.written() < before+most; round++ {
		var placed strings.Builder
		for i := range 200 {
			fmt.Fprintf(&placed, `{"person":"p%d-%d","on":"2027-01-%02d","line":"0%d"}`+"\n", i%5, i%2, 1+(i+round)%12, 1+i%3)
		}
		kit.MustPut(t, w.first, "placement", placed.String())
	}
	w.sync()
	again, err := w.city.Reports.Again(t.Context(), was)
	if want := text(t, read(t, was).Figures); err != nil || text(t, again) != want {
		t.Fatalf("the figures are others: %v", err)
	}
	if got := w.diff(w.city.Reports, was, nil); len(got) != 0 {
		t.Fatalf("got %s, want nothing: all of it was later", told(got))
	}
	kit.MustPut(t, w.first, "placement", `{"id":"e3","on":"2026-11-30"}`)
	w.sync()
	recounts(t, w.city.Reports, was, report.Equal)
	got := w.diff(w.city.Reports, was, nil)
	if want := fmt.Sprintf("[corrected placement %s %s]", name("placement", "e3"), kit.First.Code); told(got) != want {
		t.Fatalf("got %s, want %s", told(got), want)
	}
	if d := got[0]; d.Day != "2026-11-30" || len(d.Figures) == 0 || d.Figures[0].Numerator != 0 && d.Figures[0].Added == 0 {
		t.Errorf("got %+v, want the day and what is not added in December any more", d)
	}
}

// written is how many changes the first node has written.
func (w *world) written() uint64 {
	w.t.Helper()
	e, ok := w.first.Streams.Entry(change.Stream{Device: w.first.Keys.Device(), Incarnation: 1, Audience: kit.First.ID})
	if !ok {
		w.t.Fatal("the node has written nothing")
	}
	return e.Head
}

// TestMovedUnit: a community that stands under another street moves the figures of both
// and none of the city's, and its records are not named one by one.
func TestMovedUnit(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	w.family(w.other, 2)
	w.sync()
	city, street := make1(t, w.city.Reports, reports.Order{Period: december}), make1(t, w.city.Reports, reports.Order{Period: december, Scope: kit.Street.Code})
	far := make1(t, w.city.Reports, reports.Order{Period: december, Scope: kit.FarStreet.Code})
	units := kit.Units()
	for i := range units {
		if units[i].ID == kit.Second.ID {
			units[i].Parent = kit.FarStreet.ID
		}
	}
	if err := root.NewAdmission(w.city.Replica).PutUnits(t.Context(), units); err != nil {
		t.Fatal(err)
	}
	line := func(unit string) string { return fmt.Sprintf("moved %s %s %s", system.UnitKind, kit.Second.ID, unit) }
	for _, c := range []struct {
		of   *report.Signed
		want []string
	}{
		{city, []string{line(kit.Street.Code), line(kit.FarStreet.Code)}},
		{street, []string{line(kit.Street.Code), line(kit.Second.Code)}},
		{far, []string{line(kit.Second.Code), line(kit.FarStreet.Code)}},
	} {
		recounts(t, w.city.Reports, c.of, report.Equal)
		if got, want := told(w.diff(w.city.Reports, c.of, nil)), fmt.Sprint(c.want); got != want {
			t.Errorf("%s: got %s, want %s", read(t, c.of).Unit.Code, got, want)
		}
	}
	for _, d := range w.diff(w.city.Reports, street, nil) {
		for _, f := range d.Figures {
			if f.Indicator == "persons" && f.Group == "all" && f.Numerator != -2 {
				t.Errorf("unit %s: %+v, want two persons less", d.Unit, f)
			}
		}
	}
}

// TestMergedUnit: a period that is over keeps the units of its last day; from the day on
// what a merged community has made is counted at its heir.
func TestMergedUnit(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	w.family(w.other, 2)
	w.sync()
	was := read(t, make1(t, w.city.Reports, reports.Order{Period: december}))
	city, err := root.Open(w.city.Replica)
	if err != nil {
		t.Fatal(err)
	}
	today, err := w.city.Replica.Day()
	if err != nil {
		t.Fatal(err)
	}
	made, err := city.Divide(t.Context(), root.DivisionOrder{On: today, File: "op,code,heir_code\nmerge," + kit.Second.Code + "," + kit.First.Code + "\n"})
	if err != nil || len(made.Problems) > 0 {
		t.Fatal(made.Problems, err)
	}
	again := read(t, make1(t, w.city.Reports, reports.Order{Period: december}))
	if d := cmp.Diff(was.Units, again.Units) + cmp.Diff(was.Figures, again.Figures); d != "" {
		t.Errorf("the period that is over: %s", d)
	}
	persons := func(of *report.Report) map[string]int64 {
		all := map[string]int64{}
		for _, f := range of.Figures {
			if f.Indicator == "persons" && f.Group == "all" {
				all[f.Unit] = f.Numerator
			}
		}
		return all
	}
	now := read(t, make1(t, w.city.Reports, reports.Order{Period: today[:7]}))
	before, after := persons(was), persons(now)
	if before[kit.Second.Code] == 0 || after[kit.First.Code] != before[kit.First.Code]+before[kit.Second.Code] || after[kit.City.Code] != before[kit.City.Code] {
		t.Errorf("before %v, after %v", before, after)
	}
	if _, listed := after[kit.Second.Code]; listed || len(now.Units) != len(was.Units)-1 {
		t.Errorf("the merged unit is listed: %v", after)
	}
}

// TestLookUps: which records of persons were named stands in the audit log, and nothing of
// them but their ids.
func TestLookUps(t *testing.T) {
	w := newWorld(t)
	w.family(w.first, 1)
	w.sync()
	was := make1(t, w.city.Reports, reports.Order{Period: december})
	kit.MustPut(t, w.first, "placement", `{"id":"e1","person":"p1-0","on":"2026-12-03","line":"02"}`)
	w.sync()
	w.diff(w.city.Reports, was, nil)
	log, err := w.city.Replica.Lookups.Entries(1, "", "", 100)
	if err != nil || len(log) != 1 || log[0].Act != audit.Diff || log[0].Kind != "placement" || log[0].Count != 1 || log[0].Operator != "clerk" || log[0].Outcome != "ok" {
		t.Errorf("got %+v, %v", log, err)
	}
}
