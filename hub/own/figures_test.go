package own_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
)

// TestFiguresAsTheCity: the figures of a unit are the same at its workstation and at the
// city, today and on days of before, and each is as long as the list behind it.
func TestFiguresAsTheCity(t *testing.T) {
	w := newWorld(t)
	w.people(t, 12)
	var placed strings.Builder
	for i := range 12 {
		fmt.Fprintf(&placed, `{"person":"p-%d-1","on":"2025-12-%d","line":"02"}`+"\n", i, 20+i%9)
		fmt.Fprintf(&placed, `{"person":"p-%d-1","on":"2026-01-%d","line":"0%d","contract":true,"contract_from":"2026-01-01","open_ended":true,"income":300000,"insured":true}`+"\n", i/2, 10+i, 1+i%3)
	}
	kit.MustPut(t, w.replica, "placement", placed.String())
	w.sync(t)
	today, err := w.replica.Day()
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, day := range []string{"", today, "2025-12-19", "2025-12-31", "2026-01-15"} {
		if day > today {
			t.Fatalf("%s has not come in this test", day)
		}
		q := question.Question{Kind: question.Indicators, Day: day, Labels: day == ""}
		got, err := gather(func(tell question.Tell) error { return w.own.QueryAll(t.Context(), q, tell) })
		if err != nil {
			t.Fatal(err)
		}
		want, err := gather(func(tell question.Tell) error { return w.city.QueryAll(t.Context(), w.member(), q, tell) })
		if err != nil || form(t, got) != form(t, want) || len(got.Rows) != len(facts.Indicators()) {
			t.Fatalf("%q: the workstation has %s, the city %s, %v", day, form(t, got), form(t, want), err)
		}
		for _, row := range got.Rows {
			f := got.FigureOf(row)
			if said += int(f.Numerator); day != "" {
				continue
			}
			if f.Unit != kit.First.Code || f.Name != kit.First.Name || f.Basis == "" {
				t.Errorf("a figure is %+v", f)
			}
			i := facts.Named(f.Indicator + "/" + f.Group)[0]
			list := 0
			for _, part := range i.Numerator {
				a, err := w.own.Query(t.Context(), question.Question{Kind: i.Kind, Filter: fmt.Sprintf("counts:%q", part), PageSize: 1000})
				if err != nil {
					t.Fatal(err)
				}
				list += len(a.Rows)
			}
			if len(i.Less) == 0 && int64(list) != f.Numerator {
				t.Errorf("%s/%s is %d, and the list behind it has %d", f.Indicator, f.Group, f.Numerator, list)
			}
		}
	}
	if said < 200 {
		t.Errorf("all figures add up to %d: too few to tell anything", said)
	}
}

// TestFiguresWithoutALine: a workstation has its own figures with the line down, and asks
// for those of others.
func TestFiguresWithoutALine(t *testing.T) {
	w := newWorld(t)
	w.people(t, 2)
	a, err := w.node.Ask(t.Context(), question.Question{Kind: question.Indicators, Scope: change.UnitID(kit.First.Code), Select: []string{"persons"}})
	if err != nil || len(a.Rows) != 1 || a.FigureOf(a.Rows[0]).Numerator != 6 || a.Coverage.Units != 1 || a.Coverage.Today == "" {
		t.Errorf("got %+v, %v, want one figure of 6", a, err)
	}
	for name, c := range map[string]struct {
		q    question.Question
		want fault.Kind
	}{
		"the street":       {question.Question{Scope: kit.Street.ID}, fault.Unavailable},
		"a tier above":     {question.Question{GroupBy: "city"}, fault.Invalid},
		"no tier":          {question.Question{GroupBy: "sex"}, fault.Invalid},
		"no indicator":     {question.Question{Select: []string{"nosuch"}}, fault.Invalid},
		"no group":         {question.Question{Select: []string{"persons/nosuch"}}, fault.Invalid},
		"no day":           {question.Question{Day: "2026-02-30"}, fault.Invalid},
		"a day to come":    {question.Question{Day: "2199-01-01"}, fault.Invalid},
		"a filter":         {question.Question{Filter: "sex = 男"}, fault.Invalid},
		"a page token":     {question.Question{PageToken: "x"}, fault.Invalid},
		"an order by size": {question.Question{OrderBy: "numerator"}, fault.Invalid},
	} {
		c.q.Kind = question.Indicators
		if err := w.node.AskAll(t.Context(), c.q, func(context.Context, question.Part) error { return nil }); fault.Of(err) != c.want {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// TestTargetsAsTheCity: how the targets of a unit stand, and whether it is of full
// employment, is the same at its workstation and at the city.
func TestTargetsAsTheCity(t *testing.T) {
	w := newWorld(t)
	w.people(t, 12)
	var placed strings.Builder
	for i := range 12 {
		fmt.Fprintf(&placed, `{"person":"p-%d-1","on":"2025-12-%d","line":"0%d"}`+"\n", i, 20+i%9, 1+i%3)
	}
	kit.MustPut(t, w.replica, "placement", placed.String())
	target := `{"year":2025,"line":"02","for_unit":%q,"amount":%d,"measure":"1","responsible":"王主任"}` + "\n"
	kit.MustPut(t, w.city.Replica, "target", fmt.Sprintf(target+target+target, kit.First.Code, 5, kit.First.Code, 4, kit.Street.Code, 9))
	w.sync(t)
	for _, pack := range []string{"", "default", "second"} {
		q := question.Question{Kind: question.Assessment, Day: "2025-12-31"}
		if pack != "" {
			q.Select = []string{pack}
		}
		got, err := gather(func(tell question.Tell) error { return w.own.QueryAll(t.Context(), q, tell) })
		if err != nil {
			t.Fatal(err)
		}
		want, err := gather(func(tell question.Tell) error { return w.city.QueryAll(t.Context(), w.member(), q, tell) })
		if err != nil || form(t, got) != form(t, want) || len(got.Rows) == 0 {
			t.Errorf("assessed by %q: the workstation has %s, the city %s, %v", pack, form(t, got), form(t, want), err)
		}
	}
	for _, q := range []question.Question{{Day: "2025"}, {Day: "2025-12-25"}, {Day: "2025", GroupBy: question.Responsible}, {Day: "2025", Select: []string{"02"}}, {Day: "2024"}} {
		q.Kind = question.Targets
		got, err := gather(func(tell question.Tell) error { return w.own.QueryAll(t.Context(), q, tell) })
		if err != nil {
			t.Fatal(err)
		}
		want, err := gather(func(tell question.Tell) error { return w.city.QueryAll(t.Context(), w.member(), q, tell) })
		if err != nil || form(t, got) != form(t, want) {
			t.Fatalf("%+v: the workstation has %s, the city %s, %v", q, form(t, got), form(t, want), err)
		}
		if n := len(got.Rows); q.Day != "2024" && (n != 2 || *got.TargetOf(got.Rows[1]).Done == 0) || q.Day == "2024" && n != 0 {
			t.Errorf("%+v: got %s", q, form(t, got))
		}
	}
}
