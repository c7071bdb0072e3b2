package report_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/facts"
	"tongbu/internal/report"
)

func figure(name string, n int64, of ...int64) report.Figure {
	f := report.Figure{Unit: "u", Indicator: name, Group: "all", Numerator: n}
	if len(of) > 0 {
		f.Denominator = &of[0]
	}
	if len(of) > 1 {
		f.Added = &of[1]
	}
	return f
}

func names(pairs []report.Pair) (all string) {
	for _, p := range pairs {
		all += p.Indicator
		switch {
		case p.Was == nil:
			all += "+"
		case p.Now == nil:
			all += "-"
		}
	}
	return all
}

// TestCompare: each figure that is another, is gone or is new, in the order of the report.
func TestCompare(t *testing.T) {
	was := []report.Figure{figure("c", 1), figure("a", 2, 5), figure("b", 3, 5, 1), figure("d", 4)}
	for what, c := range map[string]struct {
		now  []report.Figure
		want string
	}{
		"the same":            {was, ""},
		"another order":       {[]report.Figure{was[3], was[1], was[0], was[2]}, ""},
		"another numerator":   {[]report.Figure{figure("c", 2), was[1], was[2], was[3]}, "c"},
		"another denominator": {[]report.Figure{was[0], figure("a", 2, 6), was[2], was[3]}, "a"},
		"no denominator":      {[]report.Figure{was[0], figure("a", 2), was[2], was[3]}, "a"},
		"another addition":    {[]report.Figure{was[0], was[1], figure("b", 3, 5, 2), was[3]}, "b"},
		"one less":            {was[1:], "c-"},
		"one more":            {append([]report.Figure{figure("e", 0)}, was...), "e+"},
		"one twice":           {append([]report.Figure{figure("c", 1)}, was...), ""},
		"none":                {nil, "c-a-b-d-"},
	} {
		if got := names(report.Compare(was, c.now)); got != c.want {
			t.Errorf("%s: got %q, want %q", what, got, c.want)
		}
	}
	if got := names(report.Compare(nil, was)); got != "c+a+b+d+" {
		t.Errorf("all are new: got %q", got)
	}
}

// TestJudge: what comes of counting again.
func TestJudge(t *testing.T) {
	was := &report.Report{Digest: "d", Figures: []report.Figure{figure("a", 1)}}
	for _, c := range []struct {
		figure int64
		digest string
		facts  uint64
		want   report.Result
	}{
		{1, "d", 0, report.Equal}, {1, "d", 1, report.Equal}, {1, "x", 1, report.Equal},
		{1, "x", 0, report.Different}, {2, "d", 0, report.Different}, {2, "x", 0, report.Different},
		{2, "d", 1, report.OtherRule}, {2, "x", 1, report.OtherRule},
	} {
		r := report.Recount{Now: report.Rules{Facts: c.facts}}
		if r.Judge(was, []report.Figure{figure("a", c.figure)}, c.digest); r.Result != c.want {
			t.Errorf("%+v: got %s", c, r.Result)
		}
	}
}

// TestShifts: by how much each figure moved; one that is not there counts as none.
func TestShifts(t *testing.T) {
	got := report.Shifts([]report.Figure{figure("a", 1), figure("b", 2, 9, 4), figure("c", 5)}, []report.Figure{figure("a", 1), figure("b", 7, 8, 1), figure("d", 3)})
	want := []report.Shift{
		{Indicator: "b", Group: "all", Numerator: 5, Denominator: -1, Added: -3}, {Indicator: "c", Group: "all", Numerator: -5}, {Indicator: "d", Group: "all", Numerator: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestFiguresOf: each indicator and ledger once; what is counted in a year says what the
// period added, a rate what it is of.
func TestFiguresOf(t *testing.T) {
	on, before := report.Parts{"placement_n": 7, "all_work": 3, "all_labour": 4, "ledger_x": 2}, report.Parts{"placement_n": 5}
	all := report.FiguresOf("u", []string{"ledger_x"}, on, before)
	if len(all) != len(facts.Indicators())+1 {
		t.Fatalf("got %d figures of %d indicators and a ledger", len(all), len(facts.Indicators()))
	}
	if last := all[len(all)-1]; last.Group != report.Rows || last.Numerator != 2 || last.Added != nil || last.Denominator != nil {
		t.Errorf("the ledger: got %+v", last)
	}
	year, rates := 0, 0
	for i, f := range all[:len(all)-1] {
		of := facts.Indicators()[i]
		if of.IsRate() != (f.Denominator != nil) || of.OfYear() != (f.Added != nil) {
			t.Errorf("%s/%s: got %+v", f.Indicator, f.Group, f)
		}
		if f.Added != nil && *f.Added == 2 && f.Numerator == 7 {
			year++
		}
		if f.Denominator != nil && *f.Denominator == 4 && f.Numerator == 3 {
			rates++
		}
	}
	if year == 0 || rates == 0 {
		t.Errorf("%d figures add 2 of 7, %d are 3 of 4; want one of each", year, rates)
	}
}
