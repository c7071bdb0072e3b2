package rulepack_test

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"tongbu/internal/rulepack"
)

// with are the plain rules with a change.
func with(change func(*rulepack.Rules)) rulepack.Rules {
	r := rulepack.Plain()
	change(&r)
	return r
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		kind, content string
		want          rulepack.Rules
	}{
		{rulepack.ZeroKind, "free_income: 300", with(func(r *rulepack.Rules) { r.FreeIncome = 300_00 })},
		{rulepack.ZeroKind, "# 起算标准\nfree_income: 299.5\neverybody: true\n", with(func(r *rulepack.Rules) { r.FreeIncome, r.Everybody = 299_50, true })},
		{rulepack.ZeroKind, `{"free_income":0.05}`, with(func(r *rulepack.Rules) { r.FreeIncome = 5 })},
		{rulepack.ClearKind, "service_days: 60\r\ninsurance_months: 6\r\n", with(func(r *rulepack.Rules) { r.ServiceDays, r.InsuranceMonths = 60, 6 })},
		{rulepack.ClocksKind, "one_employed_days: 30\nsilent_months: 3", with(func(r *rulepack.Rules) { r.Clocks.OneEmployedDays, r.Clocks.SilentMonths = 30, 3 })},
		{rulepack.SubsidyKind, "minimum_wage: 2010\ntravel_day: 10", with(func(r *rulepack.Rules) { r.Subsidies.MinimumWage, r.Subsidies.TravelDay = 2010_00, 10_00 })},
		{rulepack.CommunityKind, "rate_stable: 70\nveto_dynamic_zero: true", with(func(r *rulepack.Rules) { r.Community.RateStable, r.Community.DynamicZero = 70, true })},
		{rulepack.BestKind, "jobs: 0\nnetwork: 1", with(func(r *rulepack.Rules) { r.Best.Jobs, r.Best.Network = 0, 1 })},
		{rulepack.AgeKind, "man_to: 60\nwoman_to: 55\nfrom: 18", with(func(r *rulepack.Rules) {
			r.WorkingFrom, r.Ages = 18, []rulepack.AgeRule{{Sex: "2", Months: 56 * 12}, {Months: 61 * 12}}
		})},
		{rulepack.AgeKind, "table:\n  - {sex: \"2\", category: \"3\", months: 600, since: \"1975-01\", step: 2, most: 660}\n  - {sex: 2, months: 660}\n  - months: 720\n", with(func(r *rulepack.Rules) {
			r.Ages = []rulepack.AgeRule{{Sex: "2", Category: "3", Months: 600, Since: "1975-01", Step: 2, Most: 660}, {Sex: "2", Months: 660}, {Months: 720}}
		})},
		{rulepack.CommunityKind, "share: 50\ncriteria:\n  - {indicator: employment_rate/all, at_least: 90}\n  - {indicator: unemployed/year, at_most: 3, veto: true}\n", with(func(r *rulepack.Rules) {
			r.Community.Share, r.Community.Criteria = 50, []rulepack.Criterion{{Key: "employment_rate/all", Indicator: "employment_rate/all", Bar: 90}, {Key: "unemployed/year", Indicator: "unemployed/year", Most: true, Bar: 3, Veto: true}}
		})},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 90}\n  - {indicator: employment_rate/all, at_most: 90}", with(func(r *rulepack.Rules) {
			r.Community.Criteria = []rulepack.Criterion{{Key: "employment_rate/all", Indicator: "employment_rate/all", Bar: 90}, {Key: "employment_rate/all", Indicator: "employment_rate/all", Most: true, Bar: 90}}
		})},
		{"9", "whatever: 1", rulepack.Plain()}, // nothing acts on it
	} {
		r := rulepack.Plain()
		if wrong := r.Apply(c.kind, c.content); wrong != nil {
			t.Errorf("kind %s, %q: %s", c.kind, c.content, wrong.En)
		} else if !reflect.DeepEqual(r, c.want) {
			t.Errorf("kind %s, %q: %+v, want %+v", c.kind, c.content, r, c.want)
		}
	}
}

// TestRefused: each is one clear line that names the key, and nothing of the pack is
// taken.
func TestRefused(t *testing.T) {
	const once = rulepack.ZeroKind
	for _, c := range []struct{ kind, content, says string }{
		{once, "", "cannot be read"},
		{once, "# nothing", "cannot be read"},
		{once, "free_income", "cannot be read"},
		{once, "- free_income: 3", "cannot be read"},
		{once, "free_income: 3\n---\nfree_income: 4", "cannot be read"},
		{once, "free_income: [[[[[1]]]]]", "cannot be read"},
		{once, "free_income: {", "cannot be read"},
		{once, "everybody: true\nfree_incomes: 300", "free_incomes: packs of this kind have no such key"},
		{once, "110101199001011234: 1", "line 1 begins with no key"},
		{once, "service_days: 3", "service_days: packs of this kind have no such key"},
		{once, "free_income: 300\neverybody: true\nfree_income: 200", "free_income: it is given twice"},
		{once, "free_income: -1", "free_income: give an amount in yuan from 0 to 100000"},
		{once, "free_income: 0.001", "free_income: give an amount"},
		{once, "free_income: 100000.01", "free_income: give an amount"},
		{once, "free_income: 1e3", "free_income: give an amount"},
		{once, "free_income: '300'", "free_income: give an amount"},
		{once, "free_income: &a 300", "free_income: give an amount"},
		{once, "free_income:", "free_income: give an amount"},
		{once, "everybody: 是", "everybody: give true or false"},
		{rulepack.ClearKind, "service_days: 0", "service_days: give a whole number from 1 to 366"},
		{rulepack.ClearKind, "service_days: 9.5", "service_days: give a whole number"},
		{rulepack.ClearKind, "service_days: 0x10", "service_days: give a whole number"},
		{rulepack.ClearKind, "service_days: 99999999999999999999", "service_days: give a whole number"},
		{rulepack.ClocksKind, "hardship_notice_least: 8", "hardship_notice_most: 7 is below the least, which is 8"},
		{rulepack.ClocksKind, "hardship_tier_most: 1", "hardship_tier_most: 1 is below the least, which is 2"},
		{rulepack.ClocksKind, "layoff_percent: 0", "layoff_percent: give a whole number from 1 to 100"},
		{rulepack.CommunityKind, "criteria: 3", "criteria: give a list of 1 to 20 rows"},
		{rulepack.CommunityKind, "criteria: []", "criteria: give a list of 1 to 20 rows"},
		{rulepack.CommunityKind, "criteria: [3]", "criteria: row 1 cannot be read"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: nosuch/all, at_least: 3}", "criteria: row 1 names no indicator"},
		{rulepack.CommunityKind, "criteria:\n  - {at_least: 3}", "criteria: row 1 names no indicator"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all}", "criteria: row 1 needs one of at_least and at_most"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 3, at_most: 4}", "criteria: row 1 needs one of at_least and at_most"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 101}", "criteria: row 1 needs a bar that is a whole number from 0 to 100"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 9.5}", "criteria: row 1 needs a bar"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: unemployed/all, at_most: 1000001}", "criteria: row 1 needs a bar that is a whole number from 0 to 1000000"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 0}", "criteria: row 1 asks for nothing"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_most: 100}", "criteria: row 1 asks for nothing"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 3, veto: 1}", "criteria: row 1 needs true or false for veto"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 3, weight: 1}", "criteria: row 1 takes indicator"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 3}\n  - {indicator: employment_rate/all, at_least: 4}", "criteria: row 2 asks again for what row 1"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 90}\n  - {indicator: employment_rate/all, at_most: 89}", "criteria: row 2 contradicts row 1"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_most: 80}\n  - {indicator: employment_rate/all, at_least: 90}", "criteria: row 2 contradicts row 1"},
		{rulepack.CommunityKind, "rate_all: 90\ncriteria:\n  - {indicator: employment_rate/all, at_least: 90}", "rate_all: the criteria are given by the list already"},
		{rulepack.CommunityKind, "criteria:\n  - {indicator: employment_rate/all, at_least: 90}\ncertificates: true", "certificates: the criteria are given by the list already"},
		{rulepack.AgeKind, "ages: 2026", `ages: give plain or "2025"`},
		{rulepack.AgeKind, "man_to: 59", "man_to: give man_to and woman_to together"},
		{rulepack.AgeKind, "man_to: 54\nwoman_to: 59", "woman_to: working age of women ends after that of men"},
		{rulepack.AgeKind, "man_to: 59\nwoman_to: 39", "woman_to: give a whole number from 40 to 70"},
		{rulepack.AgeKind, "man_to: 59\nwoman_to: 54\nages: plain", "ages: the ages are given by man_to already"},
		{rulepack.AgeKind, "ages: plain\nman_to: 59\nwoman_to: 54", "man_to: the ages are given by ages already"},
		{rulepack.AgeKind, "table: []", "table: give a list of 1 to 12 rows"},
		{rulepack.AgeKind, "table:\n  - {months: 720}\n  - {sex: \"2\", months: 660}", "table: row 2 is for nobody"},
		{rulepack.AgeKind, "table:\n  - {sex: \"1\", months: 720}", "table: men or women have no row"},
		{rulepack.AgeKind, "table:\n  - {sex: \"1\", months: 600}\n  - {months: 660}", "table: working age of women ends after"},
		{rulepack.AgeKind, "table:\n  - {sex: \"1\", months: 720}\n  - {months: 660, since: 1970-01, step: 4, most: 724}", "table: working age of women ends after"},
		{rulepack.AgeKind, "table:\n  - {months: 720, since: 1970-13, step: 4, most: 756}", "table: row 1 needs months"},
		{rulepack.AgeKind, "table:\n  - {months: 720, since: 1970-01, step: 0, most: 756}", "table: row 1 needs months"},
		{rulepack.AgeKind, "table:\n  - {months: 720, since: 1970-01, step: 4}", "table: row 1 needs months"},
		{rulepack.AgeKind, "table:\n  - {months: 720, since: 1970-01, step: 4, most: 700}", "table: row 1 needs months"},
		{rulepack.AgeKind, "table:\n  - {months: 720, months: 708}", "table: row 1 needs months"},
		{rulepack.CommunityKind, "rate_all: 101", "rate_all: give a whole number from 0 to 100"},
		{rulepack.CommunityKind, "rate_all: 0\nrate_registered: 0\nrate_hardship: 0\none_employed_months: 0\njobless_months: 0\ncertificates: false", "rate_all: the pack asks for nothing"},
		{rulepack.BestKind, "jobs: 0\nnetwork: 0\nservice: 0\nemployment: 0", "jobs: the weights that belong together are all 0"},
		{rulepack.BestKind, "network_next_day: 0\nnetwork_days: 0\nnetwork_accepted: 0", "network_next_day: the weights"},
		{rulepack.BestKind, "service_placed: 0\nservice_clear: 0\nservice_visits: 0", "service_placed: the weights"},
		{rulepack.BestKind, "per: 0", "per: give a whole number from 1 to 1000000"},
	} {
		r := rulepack.Plain()
		wrong := r.Apply(c.kind, c.content)
		switch {
		case wrong == nil:
			t.Errorf("kind %s, %q: taken, want %q", c.kind, c.content, c.says)
		case !strings.HasPrefix(wrong.En, c.says) && !strings.Contains(wrong.En, "it "+c.says):
			t.Errorf("kind %s, %q: %q, want %q", c.kind, c.content, wrong.En, c.says)
		case wrong.Zh == "" || strings.Contains(wrong.En+wrong.Zh, "\n") || strings.Contains(wrong.En+wrong.Zh, "110101199001011234"):
			t.Errorf("kind %s, %q: %q, %q are no lines for everybody", c.kind, c.content, wrong.En, wrong.Zh)
		case !reflect.DeepEqual(r, rulepack.Plain()):
			t.Errorf("kind %s, %q: something of it was taken", c.kind, c.content)
		}
	}
}

// TestBounds: of every number the least and the most are taken, and nothing beyond.
func TestBounds(t *testing.T) {
	for _, kind := range rulepack.Kinds() {
		for _, k := range rulepack.Bounds(kind) {
			if k.Most == 0 {
				continue
			}
			for number, want := range map[int64]bool{k.Least: true, k.Most: true, k.Least - 1: false, k.Most + 1: false} {
				r := rulepack.Plain()
				wrong := r.Apply(kind, fmt.Sprintf("%s: %d", k.Name, number))
				refused := wrong != nil && strings.HasPrefix(wrong.En, k.Name+": give ")
				if refused == want {
					t.Errorf("kind %s, %s: %d is taken %v, want %v", kind, k.Name, number, !refused, want)
				}
			}
		}
	}
}

// TestDocumented: the documents name every key with the value that it has where nothing
// is published.
func TestDocumented(t *testing.T) {
	for _, file := range []string{"../../docs/operations.md", "../../docs/zh/operations.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range rulepack.Kinds() {
			for _, k := range rulepack.Bounds(kind) {
				value := ""
				if k.Plain != "" {
					value = " ?[(（]" + k.Plain + "[,，)）]"
				}
				if !regexp.MustCompile("`" + k.Name + "`" + value).Match(text) {
					t.Errorf("%s does not name the key %s of packs of kind %s with %q", file, k.Name, kind, k.Plain)
				}
			}
		}
	}
}

// FuzzApply: no content stops the program, and what is refused has changed nothing.
func FuzzApply(f *testing.F) {
	f.Add("4", "free_income: 300")
	f.Add("5", "table: [{months: 720}]")
	f.Add("5", "? - - x")
	f.Fuzz(func(t *testing.T, kind, content string) {
		r := rulepack.Plain()
		if len(content) < 4000 && r.Apply(kind, content) != nil && !reflect.DeepEqual(r, rulepack.Plain()) {
			t.Errorf("%q: refused, and taken in part", content)
		}
	})
}
