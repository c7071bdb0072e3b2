package query_test

import (
	"fmt"
	"testing"

	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// figuresFixture is a fixture with derived rows, which a view makes once it is settled.
func figuresFixture(t *testing.T) *fixture {
	t.Helper()
	f := newFixture(t)
	f.made()
	return f
}

// made has the view make its rows.
func (f *fixture) made() {
	f.t.Helper()
	if err := f.view.Settle(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	for more := true; more; {
		var err error
		if more, err = f.view.Review(f.t.Context(), "2026-03-01"); err != nil {
			f.t.Fatal(err)
		}
	}
}

// figures are the units with their numerators of an answer, and of rates the denominators.
func (f *fixture) figures(a *question.Answer) (all []string) {
	for _, row := range a.Rows {
		figure := a.FigureOf(row)
		text := fmt.Sprint(figure.Unit, " ", figure.Numerator)
		if figure.Denominator != nil {
			text += fmt.Sprint("/", *figure.Denominator)
		}
		if figure.Value == nil {
			text += " none"
		}
		all = append(all, text)
	}
	return all
}

// TestFigures: the units of a tier have a figure each, those without anybody too; an upper
// one has the sum of those below it. A rate of nobody has no value.
func TestFigures(t *testing.T) {
	f := figuresFixture(t)
	persons := question.Question{Kind: question.Indicators, Select: []string{"persons/all"}}
	for _, c := range []struct {
		by, scope, asker, day string
		want                  []string
	}{
		{"", "", viewtest.City, "", []string{viewtest.City + " 4"}},
		{"district", "", viewtest.City, "", []string{viewtest.District + " 3", viewtest.District2 + " 1"}},
		{"street", "", viewtest.City, "", []string{viewtest.Street + " 3"}},
		{"community", "", viewtest.City, "", []string{viewtest.First + " 2", viewtest.Second + " 1", viewtest.Third + " 1"}},
		{"community", viewtest.Street, viewtest.City, "", []string{viewtest.First + " 2", viewtest.Second + " 1"}},
		{"", "", viewtest.First, "", []string{viewtest.First + " 2"}},
		{"district", "", viewtest.City, "2026-02-28", []string{viewtest.District + " 3", viewtest.District2 + " 1"}},
		{"", "", viewtest.City, "2026-03-01", []string{viewtest.City + " 4"}},
	} {
		q := persons
		q.GroupBy, q.Day = c.by, c.day
		if c.scope != "" {
			q.Scope = viewtest.UnitID(c.scope)
		}
		a := f.ask(c.asker, q)
		want(t, f.figures(a), c.want)
		if day := max(c.day, "2026-02-28"); c.day != "" && a.Coverage.Today != day || c.day == "" && a.Coverage.Today != "2026-03-01" {
			t.Errorf("on %q: the answer is of %s", c.day, a.Coverage.Today)
		}
	}
	want(t, f.figures(f.ask(viewtest.City, question.Question{Kind: question.Indicators, Select: []string{"employment_rate/all", "households"}})),
		[]string{viewtest.City + " 0/0 none", viewtest.City + " 0"})
}

// TestFiguresRefused: nobody asks about units that are not below.
func TestFiguresRefused(t *testing.T) {
	f := figuresFixture(t)
	for name, c := range map[string]struct {
		asker string
		scope change.UnitID
	}{
		"another community":  {viewtest.First, viewtest.UnitID(viewtest.Second)},
		"the unit above":     {viewtest.First, viewtest.UnitID(viewtest.Street)},
		"a unit that is not": {viewtest.City, "nosuch"},
	} {
		_, err := f.Query(t.Context(), by(c.asker), question.Question{Kind: question.Indicators, Scope: c.scope})
		if fault.Of(err) != fault.Denied {
			t.Errorf("%s: got %v, want it denied", name, err)
		}
	}
}
