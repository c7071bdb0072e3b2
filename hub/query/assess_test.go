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

// assessFixture has two persons at work in the first community, one at work and one without
// in the second and nobody in the third; a pack of the city, one of the district and one
// that cannot be used.
func assessFixture(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	j := viewtest.NewJournal()
	for i, p := range []struct{ unit, status string }{{viewtest.First, "1"}, {viewtest.First, "1"}, {viewtest.Second, "1"}, {viewtest.Second, "4"}} {
		id := change.RecordID(fmt.Sprintf("p-%d", i+1))
		j.Person(p.unit, id, viewtest.Fields{"name": change.Text("人"), "sex": change.Text("1"), "birth_date": change.Text("1990-01-01"), "status": change.Text(p.status),
			"labour_ability": change.Text("1"), "job_wish": change.Text("1"), "lost_on": change.Text("2026-01-01")})
	}
	pack := func(unit string, id change.RecordID, kind, content, from string) {
		j.Add(unit, unit, "rule_pack", id, viewtest.Fields{"kind": change.Text(kind), "content": change.Text(content), "effective_from": change.Text(from), "unit": change.Text(string(viewtest.UnitID(unit)))})
	}
	pack(viewtest.City, "r-city", "1", "rate_all: 50\nrate_registered: 0\nshare: 100", "2026-02-01")
	pack(viewtest.District, "r-district", "1", "criteria:\n  - {indicator: labour_force/all, at_least: 2}\n  - {indicator: unemployed/all, at_most: 0, veto: true}", "2026-01-01")
	pack(viewtest.City, "r-other", "3", "service_days: 9", "2026-01-01")
	pack(viewtest.City, "r-wrong", "1", "rate_all: 101", "2026-01-01")
	f.open(j)
	f.made()
	return f
}

// verdicts are the units of an answer with what is said of each, what is not met, and how
// many communities have passed.
func verdicts(a *question.Answer) string {
	var b strings.Builder
	for _, row := range a.Rows {
		s := a.AssessedOf(row)
		if line := fmt.Sprintf("%s %s %s", s.Unit, s.Tier, s.Verdict); !strings.Contains(b.String(), line) {
			fmt.Fprint(&b, line)
			if s.Of != nil {
				fmt.Fprintf(&b, " %d of %d, %d open, %d %%", *s.Passed, *s.Of, *s.Open, *s.Target)
			}
			fmt.Fprintln(&b)
		}
		if s.State == "not_met" {
			fmt.Fprintf(&b, "  %s %d\n", s.Criterion, *s.Numerator)
		}
	}
	return b.String()
}

func TestAssessment(t *testing.T) {
	f := assessFixture(t)
	first, second, third := viewtest.First+" community ", viewtest.Second+" community ", viewtest.Third+" community "
	id := func(unit, name string) string {
		return string(change.RecordID(name).Of("rule_pack", viewtest.UnitID(unit)))
	}
	for name, c := range map[string]struct {
		asker string
		q     question.Question
		want  string
	}{
		"by the city's pack": {viewtest.City, question.Question{}, viewtest.City + " city passed 2 of 3, 1 open, 100 %\n" + viewtest.District + " district passed 2 of 2, 0 open, 100 %\n" + first + "passed\n" + second + "passed\n" +
			viewtest.District2 + " district nothing 0 of 1, 1 open, 100 %\n" + third + "nothing\n"},
		"on its first day":       {viewtest.City, question.Question{Day: "2026-02-01", Scope: viewtest.UnitID(viewtest.Second)}, second + "passed\n"},
		"before it was in force": {viewtest.City, question.Question{Day: "2026-01-31", Scope: viewtest.UnitID(viewtest.Second)}, second + "failed\n  rate_all 1\n"},
		"of a street":            {viewtest.City, question.Question{Scope: viewtest.UnitID(viewtest.Street), Select: []string{"default"}}, viewtest.Street + " street failed 1 of 2, 0 open, 60 %\n  rate_all 3\n" + first + "passed\n" + second + "failed\n  rate_all 1\n"},
		"by the second":          {viewtest.First, question.Question{Select: []string{"second"}}, first + "passed\n"},
		"by the district's": {viewtest.District, question.Question{Select: []string{id(viewtest.District, "r-district")}}, viewtest.District + " district vetoed 1 of 2, 0 open, 60 %\n  unemployed/all 1\n" + first + "passed\n" +
			second + "vetoed\n  unemployed/all 1\n"},
	} {
		c.q.Kind = question.Assessment
		if got := verdicts(f.ask(c.asker, c.q)); got != c.want {
			t.Errorf("%s:\n%s", name, cmp.Diff(c.want, got))
		}
	}
	for name, c := range map[string]struct {
		asker string
		q     question.Question
		want  fault.Kind
	}{
		"the unit above":    {viewtest.First, question.Question{Scope: viewtest.UnitID(viewtest.Street)}, fault.Denied},
		"no pack":           {viewtest.City, question.Question{Select: []string{"nosuch"}}, fault.NotFound},
		"two packs":         {viewtest.City, question.Question{Select: []string{"default", "second"}}, fault.Invalid},
		"of another kind":   {viewtest.City, question.Question{Select: []string{id(viewtest.City, "r-other")}}, fault.Invalid},
		"one without use":   {viewtest.City, question.Question{Select: []string{id(viewtest.City, "r-wrong")}}, fault.Invalid},
		"a district's pack": {viewtest.Third, question.Question{Select: []string{id(viewtest.District, "r-district")}}, fault.NotFound},
		"a group":           {viewtest.City, question.Question{GroupBy: "district"}, fault.Invalid},
		"a day to come":     {viewtest.City, question.Question{Day: "2026-03-02"}, fault.Invalid},
	} {
		c.q.Kind = question.Assessment
		if _, err := f.Query(t.Context(), by(c.asker), c.q); fault.Of(err) != c.want {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}
