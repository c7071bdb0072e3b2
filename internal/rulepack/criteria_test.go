package rulepack_test

import (
	"testing"

	"tongbu/internal/facts"
	"tongbu/internal/rulepack"
)

// TestAssessable: what a criterion may name is an indicator, and a rate where it is said to
// be one.
func TestAssessable(t *testing.T) {
	for name, rate := range rulepack.Assessable() {
		if all := facts.Named(name); len(all) != 1 || all[0].IsRate() != rate || all[0].Group == "" {
			t.Errorf("%s: got %d indicators, want one that is a rate: %v", name, len(all), rate)
		}
	}
}

// TestCriteria: the keys of a pack are criteria too. One in months that no figure counts
// names none.
func TestCriteria(t *testing.T) {
	plain := rulepack.Plain().Community
	if all := plain.All(); len(all) != 6 || all[0].Key != "rate_all" || all[0].Bar != 95 || all[3].Indicator != "in_time/one_month" || !all[4].Most || all[5].Bar != 100 {
		t.Errorf("the plain pack asks for %+v", all)
	}
	second := rulepack.Second()
	if all := second.All(); len(all) != 3 || !all[0].Veto || all[0].Bar != 0 || !all[0].Most || all[1].Bar != 95 || all[2].Bar != 70 {
		t.Errorf("the second pack asks for %+v", all)
	}
	plain.OneEmployedMonths, plain.JoblessMonths = 2, 3
	if all := plain.All(); all[3].Indicator != "" || all[4].Indicator != "" {
		t.Errorf("months that nobody counts: %+v", all)
	}
	for _, c := range append(plain.All(), second.All()...) {
		if _, known := rulepack.Assessable()[c.Indicator]; !known && c.Indicator != "" {
			t.Errorf("%s names %s, which no list may", c.Key, c.Indicator)
		}
	}
}
