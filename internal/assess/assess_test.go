package assess_test

import (
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/assess"
	"tongbu/internal/rulepack"
)

// good are the parts of a community that passes by both packs of the program.
func good() map[string]int64 {
	return map[string]int64{
		"all_labour": 100, "all_work": 95, "listed_labour": 20, "listed_work": 19, "hardship_labour": 20, "hardship_work": 20,
		"month_ended": 2, "month_kept": 2, "entitled": 5, "certified": 5, "resettled_labour": 20, "resettled_work": 19,
		"former_employed": 10, "former_stable": 7, "zero_open": 3,
	}
}

// TestVerdicts: each criterion of the packs that the program brings, just met and just not.
func TestVerdicts(t *testing.T) {
	plain, second := rulepack.Plain().Community, rulepack.Second()
	odd := rulepack.Plain().Community
	odd.OneEmployedMonths = 2
	for name, c := range map[string]struct {
		pack   rulepack.Community
		change map[string]int64
		want   assess.Verdict
		state  string // of the criterion that says why
	}{
		"all met":                   {plain, nil, assess.Passed, ""},
		"all met by the second":     {second, nil, assess.Passed, ""},
		"a rate just short":         {plain, map[string]int64{"all_labour": 10000, "all_work": 9499}, assess.Failed, "rate_all not_met"},
		"of the registered":         {plain, map[string]int64{"listed_work": 18}, assess.Failed, "rate_registered not_met"},
		"in hardship":               {plain, map[string]int64{"hardship_work": 18}, assess.Failed, "rate_hardship not_met"},
		"a family past the month":   {plain, map[string]int64{"month_kept": 1}, assess.Failed, "one_employed_months not_met"},
		"half a year without work":  {plain, map[string]int64{"jobless_half": 1}, assess.Failed, "jobless_months not_met"},
		"without a certificate":     {plain, map[string]int64{"certified": 4}, assess.Failed, "certificates not_met"},
		"nobody in hardship":        {plain, map[string]int64{"hardship_labour": 0, "hardship_work": 0}, assess.Passed, "rate_hardship nobody"},
		"months that nobody counts": {odd, nil, assess.Open, "one_employed_months no_figure"},
		"that, and one not met":     {odd, map[string]int64{"certified": 4}, assess.Failed, "certificates not_met"},
		"a case past its day":       {second, map[string]int64{"zero_over": 1}, assess.Vetoed, "veto_dynamic_zero not_met"},
		"that, and one not met too": {second, map[string]int64{"zero_over": 1, "former_stable": 1}, assess.Vetoed, "rate_stable not_met"},
		"no case at all":            {second, map[string]int64{"zero_open": 0}, assess.Passed, "veto_dynamic_zero nobody"},
		"not stable":                {second, map[string]int64{"former_stable": 6}, assess.Failed, "rate_stable not_met"},
		"of resettled homes":        {second, map[string]int64{"resettled_work": 18}, assess.Failed, "rate_resettled not_met"},
	} {
		parts := good()
		for part, n := range c.change {
			parts[part] = n
		}
		results, verdict := assess.Judge(&c.pack, parts)
		var states []string
		for _, r := range results {
			states = append(states, fmt.Sprint(r.Key, " ", r.State))
		}
		if verdict != c.want || !strings.Contains(strings.Join(states, "\n"), c.state) {
			t.Errorf("%s: got %s by %q, want %s by %s", name, verdict, states, c.want, c.state)
		}
	}
}

// TestNobody: a unit without anybody passes nothing, though nothing speaks against it.
func TestNobody(t *testing.T) {
	plain := rulepack.Plain().Community
	if _, verdict := assess.Judge(&plain, nil); verdict != assess.Nothing {
		t.Errorf("of nobody: got %s", verdict)
	}
	if _, verdict := assess.Judge(&plain, map[string]int64{"jobless_half": 1}); verdict != assess.Failed {
		t.Errorf("of one without work who is above working age: got %s", verdict)
	}
	if _, verdict := assess.Judge(&plain, map[string]int64{"entitled": 1, "certified": 1}); verdict != assess.Passed {
		t.Errorf("of one with a certificate: got %s", verdict)
	}
}

// TestBothWays: a bar may be the least and the most, of rates and of counts.
func TestBothWays(t *testing.T) {
	for _, c := range []struct {
		c    rulepack.Criterion
		n    int64
		want assess.State
	}{
		{rulepack.Criterion{Indicator: "employment_rate/all", Bar: 90}, 90, assess.Met},
		{rulepack.Criterion{Indicator: "employment_rate/all", Bar: 90}, 89, assess.NotMet},
		{rulepack.Criterion{Indicator: "employment_rate/all", Bar: 90, Most: true}, 90, assess.Met},
		{rulepack.Criterion{Indicator: "employment_rate/all", Bar: 90, Most: true}, 91, assess.NotMet},
		{rulepack.Criterion{Indicator: "unemployed/all", Bar: 3}, 2, assess.NotMet},
		{rulepack.Criterion{Indicator: "unemployed/all", Bar: 3}, 3, assess.Met},
		{rulepack.Criterion{Indicator: "unemployed/all", Bar: 3, Most: true}, 4, assess.NotMet},
	} {
		pack := rulepack.Community{Criteria: []rulepack.Criterion{c.c}}
		results, _ := assess.Judge(&pack, map[string]int64{"all_labour": 100, "all_work": c.n, "jobless": c.n})
		if results[0].State != c.want {
			t.Errorf("%+v of %d: got %s, want %s", c.c, c.n, results[0].State, c.want)
		}
	}
}

// TestShare: communities that nobody can judge have not passed.
func TestShare(t *testing.T) {
	for _, c := range []struct {
		verdicts []assess.Verdict
		want     bool
	}{
		{nil, true},
		{[]assess.Verdict{assess.Passed, assess.Passed, assess.Passed, assess.Failed, assess.Vetoed}, true},
		{[]assess.Verdict{assess.Passed, assess.Passed, assess.Passed, assess.Failed, assess.Open, assess.Nothing}, false},
	} {
		s := assess.ShareOf(c.verdicts, 60)
		if s.Reached() != c.want || s.Of != len(c.verdicts) || s.Passed+s.Failed+s.Open+s.Nothing != s.Of {
			t.Errorf("%v: got %+v, reached %v", c.verdicts, s, s.Reached())
		}
	}
}
