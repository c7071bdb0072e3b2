package facts_test

import (
	"slices"
	"testing"

	"tongbu/internal/facts"
)

// TestIndicators: every indicator is made of parts that the schema lists, of rows of a kind
// that says to which it adds; and no part is without an indicator.
func TestIndicators(t *testing.T) {
	s := mustSchema(t)
	used, names := map[string]bool{}, map[string]bool{}
	for _, i := range facts.Indicators() {
		if name := i.Name + "/" + i.Group; names[name] {
			t.Errorf("%s is there twice", name)
		} else {
			names[name] = true
		}
		if i.Name == "" || i.Group == "" || i.Label.Zh == "" || i.Label.En == "" || i.GroupLabel.Zh == "" || i.Basis.Zh == "" || i.Basis.En == "" || len(i.Numerator) == 0 {
			t.Errorf("%s/%s lacks a name, a label, a basis or a numerator", i.Name, i.Group)
		}
		k, ok := s.Kind(i.Kind)
		if !ok {
			t.Fatalf("%s counts rows of %s, which is no kind", i.Name, i.Kind)
		}
		f, ok := k.Field("counts")
		if !ok {
			t.Fatalf("rows of %s count in nothing", i.Kind)
		}
		for _, code := range i.Parts() {
			used[code] = true
			if _, listed := f.List().Item(code); !listed {
				t.Errorf("%s/%s is made of %s, which is not listed", i.Name, i.Group, code)
			}
		}
	}
	k, _ := s.Kind(facts.PersonFacts)
	f, _ := k.Field("counts")
	for _, item := range f.List().Items {
		if !used[item.Code] {
			t.Errorf("no indicator is made of %s", item.Code)
		}
	}
	if len(facts.Named("employment_rate")) != 7 || len(facts.Named("employment_rate/4050")) != 1 || len(facts.Named("employment_rate/x")) != 0 {
		t.Error("an indicator is not found by its name, or by name and group")
	}
	for name, want := range map[string]bool{"re_employed/times": true, "re_employed/times_ever": false, "zero_ended/year": true, "zero_ended/ever": false, "dual_ended/year": true, "dynamic_zero/all": false, "in_time/visits": false, "persons/all": false} {
		if got := facts.Named(name)[0].OfYear(); got != want {
			t.Errorf("%s counts what was done in the year: %v, want %v", name, got, want)
		}
	}
	if i := slices.IndexFunc(facts.Indicators(), func(i facts.Indicator) bool { return i.Name == "registered_unemployment_rate" }); i < 0 || !facts.Indicators()[i].Most {
		t.Error("the rate of unemployment has its target the wrong way round")
	}
}

// TestTargetFigures: what a target is told by is one indicator, of a line and a measure that
// the schema lists; shares are measured in per cent, and nothing else is.
func TestTargetFigures(t *testing.T) {
	k, _ := mustSchema(t).Kind("target")
	line, _ := k.Field("line")
	measure, _ := k.Field("measure")
	said := 0
	for _, l := range line.List().Items {
		if first := facts.MeasureOf(l.Code); first != "" {
			if _, ok := facts.ForTarget(l.Code, first); !ok {
				t.Errorf("line %s has no figure in its own measure %s", l.Code, first)
			}
		}
		for _, m := range measure.List().Items {
			i, ok := facts.ForTarget(l.Code, m.Code)
			if !ok {
				continue
			}
			if said++; len(facts.Named(i.Name+"/"+i.Group)) != 1 || i.IsRate() != (m.Code == "6") || !i.IsRate() && !i.OfYear() {
				t.Errorf("line %s in measure %s is told by %s/%s", l.Code, m.Code, i.Name, i.Group)
			}
		}
	}
	if said != 28 || facts.MeasureOf("13") != "" {
		t.Errorf("%d lines and measures have a figure", said)
	}
}
