package sqlite_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
)

var turning = flag.Int("turn.persons", 30_000, "how many persons BenchmarkTurn has")

// BenchmarkTurn turns the day over persons who live in households of three, are born on
// all days of the year, and of whom one in five was found without work.
func BenchmarkTurn(b *testing.B) {
	var done view.Reviewed
	with := opts(b)
	with.Reviewed = func(r view.Reviewed) { done = r }
	v, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "view.db"), viewtest.MustSchema(b), with)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	for all, at := born(*turning), uint64(1); len(all) > 0; at++ {
		n := min(len(all), 50_000)
		if err := v.Apply(b.Context(), all[:n], at); err != nil {
			b.Fatal(err)
		}
		all = all[n:]
	}
	if err := v.Settle(b.Context()); err != nil {
		b.Fatal(err)
	}
	day := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	review := func() (steps []time.Duration) {
		for more := true; more; {
			at := time.Now()
			if more, err = v.Review(b.Context(), day.Format(time.DateOnly)); err != nil {
				b.Fatal(err)
			}
			steps = append(steps, time.Since(at))
		}
		return steps
	}
	review()
	var derived, all time.Duration
	var subjects, rows int
	for b.Loop() {
		day = day.AddDate(0, 0, 1)
		for i, took := range review() {
			if all += took; i < (done.Subjects+199)/200 { // so many at once, before the findings
				derived += took
			}
		}
		subjects, rows = subjects+done.Subjects, rows+done.Rows
	}
	b.ReportMetric(float64(subjects)/float64(b.N), "subjects/op")
	b.ReportMetric(float64(rows)/float64(b.N), "rows/op")
	b.ReportMetric(float64(derived.Milliseconds())/float64(b.N), "ms-derived/op")
	b.ReportMetric(float64(all.Milliseconds())/float64(b.N), "ms-all/op")
}

// born are households of three persons, in three communities.
func born(persons int) (all []view.Change) {
	add := func(i int, kind string, id change.RecordID, fields viewtest.Fields) {
		home := []string{viewtest.First, viewtest.Second, viewtest.Third}[i/3%3]
		s := viewtest.StreamOf(home, home)
		c := &change.Change{Kind: kind, Record: id, Fields: change.FieldsOf(fields), Actor: "clerk", At: int64(i)}
		raw, err := c.Encode()
		if err != nil {
			panic(err)
		}
		all = append(all, view.Change{Arrival: uint64(i/500 + 1), Stream: s, Seq: uint64(len(all) + 1), Author: s.Audience, Change: c, Raw: raw})
	}
	text := change.Text
	for i := range persons {
		unit := viewtest.UnitID([]string{viewtest.First, viewtest.Second, viewtest.Third}[i/3%3])
		home := change.NumberedRecordID(unit, "household", fmt.Sprint(i/3))
		if i%3 == 0 {
			add(i, "household", home, viewtest.Fields{"head_name": text("王"), "survey_date": text("2026-10-01"), "unit": text(string(unit))})
		}
		birth := time.Date(1945+i%60, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*7919%365).Format(time.DateOnly)
		status := "1"
		if i%5 == 0 {
			status = "9"
		}
		add(i, "person", numbered(unit, i), viewtest.Fields{"name": text("王"), "household": text(string(home)), "relation": text([]string{"02", "12", "20"}[i%3]),
			"birth_date": text(birth), "sex": text(fmt.Sprint(1 + i%2)), "hukou": text("10"), "status": text(status),
			"labour_ability": text("1"), "job_wish": text("1"), "unit": text(string(unit))})
	}
	return all
}
