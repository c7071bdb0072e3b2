package query_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// targetsFixture has three persons placed in the first community and one in the third, and
// targets of the city, a district and a community.
func targetsFixture(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	j := viewtest.NewJournal()
	for i, code := range []string{viewtest.First, viewtest.First, viewtest.First, viewtest.Third} {
		id := change.RecordID(fmt.Sprintf("p-%d", i+1))
		j.Person(code, id, viewtest.Fields{"name": change.Text("人")})
		j.Add(code, code, "placement", change.RecordID(fmt.Sprintf("e-%d", i+1)), viewtest.Fields{"person": change.Text(string(id)), "on": change.Text("2026-01-1" + fmt.Sprint(i)), "line": change.Text("02")})
	}
	target := func(id change.RecordID, line, unit string, amount int64, more viewtest.Fields) {
		fields := viewtest.Fields{"year": change.Int(2026), "line": change.Text(line), "for_unit": change.Text(string(viewtest.UnitID(unit))), "amount": change.Int(amount), "measure": change.Text("1")}
		for name, value := range more {
			fields[name] = value
		}
		j.Add(viewtest.City, viewtest.City, "target", id, fields)
	}
	target("t-1", "02", viewtest.City, 10, viewtest.Fields{"responsible": change.Text("王主任")})
	target("t-2", "02", viewtest.District, 4, viewtest.Fields{"part_of": change.Text("t-1"), "responsible": change.Text("李主任")})
	target("t-3", "02", viewtest.First, 3, viewtest.Fields{"part_of": change.Text("t-2"), "due_on": change.Text("2026-02-15")})
	target("t-4", "13", viewtest.District2, 7, viewtest.Fields{"responsible": change.Text("李主任")})
	target("t-5", "02", viewtest.City, 9, viewtest.Fields{"year": change.Int(2025)})
	target("t-6", "02", viewtest.City, 9, viewtest.Fields{"year": change.Int(2027)})
	f.open(j)
	f.made()
	return f
}

// standings are the targets of an answer, in short.
func standings(a *question.Answer) string {
	var b strings.Builder
	for _, row := range a.Rows {
		s := a.TargetOf(row)
		done := "-"
		if s.Done != nil {
			done = fmt.Sprint(*s.Done)
		}
		id := s.Target[strings.LastIndexAny(s.Target, "./:")+1:]
		fmt.Fprintf(&b, "%s %s %s/%d %d/%d %s %v", id, s.Unit, done, s.Amount, s.DaysGone, s.Days, s.State, s.Notes)
		if s.PartsSum != nil {
			fmt.Fprintf(&b, " parts %d %+d without %v", *s.PartsSum, *s.Difference, s.Without)
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

// TestTargets: what is done beside the amount and the time that is gone. A tier shows its
// own, with the parts of those below it.
func TestTargets(t *testing.T) {
	f := targetsFixture(t)
	const (
		city      = "t-1 " + viewtest.City + " 4/10 60/365 ahead [parts_short] parts 4 -6 without [" + viewtest.District2 + "]\n"
		district  = "t-2 " + viewtest.District + " 3/4 60/365 ahead [parts_short] parts 3 -1 without [" + viewtest.Street + "]\n"
		community = "t-3 " + viewtest.First + " 3/3 46/46 met [after_due nobody_answers]\n"
		other     = "t-4 " + viewtest.District2 + " -/7 60/365 no_figure [not_split]\n"
	)
	for name, c := range map[string]struct {
		asker string
		q     question.Question
		day   string
		want  string
	}{
		"the city":            {viewtest.City, question.Question{}, "2026-03-01", city + district + community + other},
		"of a day":            {viewtest.City, question.Question{Day: "2026-01-11", Scope: viewtest.UnitID(viewtest.First)}, "2026-01-11", "t-3 " + viewtest.First + " 2/3 11/46 ahead [nobody_answers]\n"},
		"its year":            {viewtest.City, question.Question{Day: "2026"}, "2026-03-01", city + district + community + other},
		"a year that is over": {viewtest.City, question.Question{Day: "2025"}, "2026-03-01", "t-5 " + viewtest.City + " 0/9 365/365 behind [nobody_answers not_split]\n"},
		"a day of that year":  {viewtest.City, question.Question{Day: "2025-01-01"}, "2025-01-01", "t-5 " + viewtest.City + " 0/9 1/365 behind [nobody_answers not_split]\n"},
		"a year to come":      {viewtest.City, question.Question{Day: "2027"}, "2026-03-01", "t-6 " + viewtest.City + " -/9 0/365 before [nobody_answers not_split]\n"},
		"a year of none":      {viewtest.City, question.Question{Day: "2024"}, "2026-03-01", ""},
		"a district":          {viewtest.City, question.Question{Scope: viewtest.UnitID(viewtest.District)}, "2026-03-01", district + community},
		"a community":         {viewtest.First, question.Question{}, "2026-03-01", community},
		"by who answers":      {viewtest.City, question.Question{GroupBy: question.Responsible}, "2026-03-01", district + other + city + community},
		"a line":              {viewtest.City, question.Question{Select: []string{"13"}}, "2026-03-01", other},
	} {
		c.q.Kind = question.Targets
		a := f.ask(c.asker, c.q)
		if got := standings(a); got != c.want || a.Coverage.Today != c.day {
			t.Errorf("%s: on %s\n%s", name, a.Coverage.Today, cmp.Diff(c.want, got))
		}
	}
}

// TestTargetsRefused: what cannot be asked of targets, and by whom.
func TestTargetsRefused(t *testing.T) {
	f := targetsFixture(t)
	for name, c := range map[string]struct {
		asker string
		q     question.Question
		want  fault.Kind
	}{
		"the unit above": {viewtest.First, question.Question{Scope: viewtest.UnitID(viewtest.Street)}, fault.Denied},
		"an order":       {viewtest.City, question.Question{OrderBy: "amount"}, fault.Invalid},
		"a group":        {viewtest.City, question.Question{GroupBy: "community"}, fault.Invalid},
		"a line":         {viewtest.City, question.Question{Select: []string{"77"}}, fault.Invalid},
		"no day":         {viewtest.City, question.Question{Day: "2026-02-30"}, fault.Invalid},
		"no year":        {viewtest.City, question.Question{Day: "year"}, fault.Invalid},
		"a day to come":  {viewtest.City, question.Question{Day: "2026-03-02"}, fault.Invalid},
	} {
		c.q.Kind = question.Targets
		if _, err := f.Query(t.Context(), by(c.asker), c.q); fault.Of(err) != c.want {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
