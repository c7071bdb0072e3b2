package facts_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/schema"
)

// who is a member of a family: fields as JSON, and events or papers, each as its kind and
// its fields.
type who struct {
	fields string
	events [][2]string
}

// home is a household of fields, with events, and with members.
func home(w *world, fields string, events [][2]string, members ...who) facts.Family {
	h := w.entry("household", string(id("h")), `{"head_name":"甲"`+fields+`}`)
	f := facts.Family{Household: &h}
	about := func(subject, name string, events [][2]string) (all []facts.Entry) {
		for _, e := range events {
			all = append(all, w.entry(e[0], "", `{"`+subject+`":"`+string(id(name))+`",`+e[1]+`}`))
		}
		return all
	}
	f.Events = about("household", "h", events)
	for i, m := range members {
		name := fmt.Sprintf("p%d", i)
		f.Members = append(f.Members, facts.Person{Events: about("person", name, m.events),
			Entry: w.entry("person", string(id(name)), `{"household":"`+string(id("h"))+`","name":"甲"`+m.fields+`}`)})
	}
	return f
}

// figure is what an indicator is of a family: the numerator, and the denominator of a rate.
func figure(t *testing.T, rows facts.Rows, name string) string {
	t.Helper()
	named := facts.Named(name)
	if len(named) != 1 {
		t.Fatalf("%s names %d indicators", name, len(named))
	}
	parts := map[string]int64{}
	rows.AddTo(parts)
	n, of := named[0].Figure(parts)
	if named[0].IsRate() {
		return fmt.Sprintf("%d/%d", n, of)
	}
	return fmt.Sprint(n)
}

const (
	worker  = `,"sex":"1","birth_date":"1980-01-01","status":"1","hukou":"10"`
	jobless = `,"sex":"1","birth_date":"1980-01-01","status":"9","labour_ability":"1","job_wish":"1","hukou":"10"`
)

// TestFigures: each indicator of a family on a day, at the edges of its rule.
func TestFigures(t *testing.T) {
	w := newWorld(t)
	placed := func(on, more string) [2]string { return [2]string{"placement", `"on":"` + on + `"` + more} }
	stable := `,"contract":true,"contract_from":"2026-03-01","contract_to":"2027-02-28","income":200000,"insured":true`
	former := [][2]string{{"family_step", `"on":"2026-02-01","family_kind":"02","step":"STREET_CONFIRMED"`}}
	for name, c := range map[string]struct {
		of   facts.Family
		day  string
		want map[string]string
	}{
		"one at work, one without": {home(w, "", nil, who{worker, nil}, who{jobless, nil}), "2026-06-01", map[string]string{
			"persons/all": "2", "households/all": "1", "labour_force/all": "2", "unemployed/all": "1", "employment_rate/all": "1/2",
			"registered_unemployment_rate/all": "0/1", "employment_rate/registered": "0/0", "employment_rate/resettled_homes": "0/0", "zero_employment/now": "0"}},
		"nobody who counts": {home(w, "", nil, who{`,"sex":"1","birth_date":"2020-01-01","status":"10"`, nil}), "2026-06-01", map[string]string{
			"persons/all": "1", "labour_force/all": "0", "employment_rate/all": "0/0", "six_clear/all": "0/0", "stable_rate/placed": "0/0"}},
		"no wish to work": {home(w, "", nil, who{`,"sex":"1","birth_date":"1980-01-01","status":"9","labour_ability":"1","job_wish":"0"`, nil}), "2026-06-01", map[string]string{
			"unemployed/all": "0", "employment_rate/all": "0/0", "six_clear/all": "0/1"}},
		"the last day before 60": {home(w, "", nil, who{`,"sex":"1","birth_date":"1966-06-02","status":"1"`, nil}), "2026-06-01", map[string]string{"employment_rate/all": "1/1", "employment_rate/4050_ages": "1/1"}},
		"60 on the day":          {home(w, "", nil, who{`,"sex":"1","birth_date":"1966-06-01","status":"1"`, nil}), "2026-06-01", map[string]string{"employment_rate/all": "0/0", "employment_rate/4050_ages": "0/0"}},
		"a woman of 40 on the day": {home(w, "", nil, who{`,"sex":"2","birth_date":"1986-06-01","status":"1"`, nil}, who{`,"sex":"2","birth_date":"1986-06-02","status":"1"`, nil},
			who{`,"sex":"1","birth_date":"1976-06-02","status":"1"`, nil}), "2026-06-01", map[string]string{"employment_rate/4050_ages": "1/1", "employment_rate/4050": "0/0"}},
		"registered, and left in the year": {home(w, "", nil, who{jobless, [][2]string{{"registration", `"on":"2025-05-01"`}, {"deregistration", `"on":"2026-01-02"`}}}), "2026-06-01",
			map[string]string{"employment_rate/registered": "0/1", "registered_unemployment_rate/all": "0/0"}},
		"registered, and left the year before": {home(w, "", nil, who{jobless, [][2]string{{"registration", `"on":"2025-05-01"`}, {"deregistration", `"on":"2025-12-31"`}}}), "2026-06-01",
			map[string]string{"employment_rate/registered": "0/0"}},
		"registered": {home(w, "", nil, who{jobless, [][2]string{{"registration", `"on":"2025-05-01","privilege_no":"Y1"`}}}, who{worker, nil}), "2026-06-01",
			map[string]string{"registered_unemployment_rate/all": "1/2", "certificate_rate/all": "0/0"}},
		"in hardship until the spring": {home(w, "", nil, who{worker + `,"hardship":["050"]`, [][2]string{{"hardship_step", `"on":"2026-03-01","step":"left"`}}}), "2026-06-01",
			map[string]string{"employment_rate/hardship": "1/1", "employment_rate/4050": "1/1"}},
		"in hardship until the year before": {home(w, "", nil, who{worker + `,"hardship":["060"]`, [][2]string{{"hardship_step", `"on":"2025-03-01","step":"left"`}}}), "2026-06-01",
			map[string]string{"employment_rate/hardship": "0/0"}},
		"moved, and lost work before": {home(w, `,"housing":"4","resettled_on":"2026-03-01"`, nil, who{jobless, [][2]string{{"unemployment", `"on":"2025-01-01"`}, placed("2026-02-01", "")}},
			who{worker, [][2]string{{"unemployment", `"on":"2025-01-01"`}, placed("2026-03-01", "")}}), "2026-06-01", map[string]string{"employment_rate/resettled": "1/1", "employment_rate/resettled_homes": "2/2"}},
		"to be moved": {home(w, `,"housing":"4","resettled_on":"2026-07-01"`, nil, who{jobless, nil}), "2026-06-01", map[string]string{"employment_rate/resettled_homes": "0/0"}},
		"half a year": {home(w, "", nil, who{jobless + `,"lost_on":"2025-12-01"`, nil}, who{jobless + `,"lost_on":"2025-12-02"`, nil}, who{jobless + `,"lost_on":"2025-06-01"`, nil}), "2026-06-01",
			map[string]string{"unemployed/all": "3", "unemployed/half_year": "2", "unemployed/year": "1"}},
		"both laid off": {home(w, "", nil, who{jobless + `,"relation":"02"`, [][2]string{{"unemployment", `"on":"2026-01-01"`}}}, who{jobless, [][2]string{{"unemployment", `"on":"2026-01-01"`}}}), "2026-06-01",
			map[string]string{"double_laid_off/all": "1", "zero_employment/now": "1", "zero_employment/recognised": "0", "dual_employed/all": "0"}},
		"a former zero family": {home(w, "", former, who{jobless, [][2]string{placed("2026-03-01", stable)}}, who{worker, nil}), "2026-06-01", map[string]string{
			"zero_employment/recognised": "1", "dual_employed/former_zero": "1", "stable_rate/former_zero": "1/2", "stable_rate/placed": "1/1"}},
		"recognised tomorrow": {home(w, "", former, who{worker, nil}), "2026-01-31", map[string]string{"zero_employment/recognised": "0", "stable_rate/former_zero": "0/0"}},
		"placed, and lost it again": {home(w, "", nil, who{jobless, [][2]string{placed("2026-03-01", stable), {"unemployment", `"on":"2026-04-01"`}}}), "2026-06-01",
			map[string]string{"stable_rate/placed": "0/1"}},
		"an own business": {home(w, "", nil, who{jobless, [][2]string{placed("2026-03-01", `,"form":"021","licence_no":"L","income":1`)}}, who{jobless, [][2]string{placed("2026-03-01", `,"form":"021","income":1`)}}), "2026-06-01",
			map[string]string{"stable_rate/placed": "1/2"}},
		"flexible work": {home(w, "", nil, who{jobless, [][2]string{placed("2026-03-01", `,"form":"022","insured":true,"income":1`)}}, who{jobless, [][2]string{placed("2026-03-01", `,"form":"022","insured":true`)}}), "2026-06-01",
			map[string]string{"stable_rate/placed": "1/2"}},
		"certificates": {home(w, "", nil, who{jobless + `,"hardship":["010"]`, [][2]string{{"certificate", `"kind":"01","state":"2","issued_on":"2026-05-01"`}}},
			who{jobless + `,"hardship":["020"]`, [][2]string{{"certificate", `"kind":"01","state":"2","issued_on":"2026-06-02"`}}}, who{jobless + `,"hardship":["060"]`, nil},
			who{jobless + `,"hardship":["040"]`, [][2]string{{"certificate", `"kind":"03","issued_on":"2025-05-01","withdrawn_on":"2026-06-01"`}}}), "2026-06-01",
			map[string]string{"certificate_rate/all": "1/3", "certificates/times": "1", "certificates/times_ever": "2"}},
		"placed three times": {home(w, "", nil, who{worker, [][2]string{placed("2025-03-01", `,"line":"02"`), placed("2026-03-01", `,"line":"02"`), placed("2026-04-01", `,"line":"02"`), placed("2026-05-01", `,"line":"01"`), placed("2026-06-02", `,"line":"02"`)}}), "2026-06-01",
			map[string]string{"re_employed/persons": "1", "re_employed/times": "2", "re_employed/persons_ever": "1", "re_employed/times_ever": "3", "new_posts/persons": "1",
				"placements/persons": "1", "placements/times": "3", "placements/times_ever": "4", "labour_export/times": "0"}},
		"trained": {home(w, "", nil, who{worker, [][2]string{{"enrolment", `"on":"2026-01-01","class":"` + string(id("c")) + `","person_category":"3"`},
			{"training_result", `"on":"2026-02-01","class":"` + string(id("c")) + `","passed":true`}, {"training_result", `"on":"2026-03-01","passed":false`}}}), "2026-06-01",
			map[string]string{"trained/persons": "1", "trained/times": "1", "trained_rural/times": "1", "trained_again/times": "0"}},
		"loans": {home(w, "", nil, who{worker, [][2]string{{"loan", `"state":"4","paid_on":"2026-01-01","amount":5000000`}, {"loan", `"state":"3"`}, {"loan", `"paid_on":"2025-12-31"`}}}), "2026-06-01",
			map[string]string{"loans/persons": "1", "loans/times": "1", "loans/times_ever": "2", "loans/persons_ever": "1"}},
		"insured": {home(w, "", nil, who{worker, [][2]string{{"insurance_state", `"on":"2026-01-01","insurance":"11","state":"1"`}, {"insurance_state", `"on":"2026-02-01","insurance":"11","state":"2"`},
			{"insurance_state", `"on":"2026-03-01","insurance":"11","state":"1"`}, {"insurance_state", `"on":"2026-03-01","insurance":"21","state":"1"`}, {"insurance_state", `"on":"2026-04-01","insurance":"21","state":"3"`}}},
			who{worker + `,"pension_state":"1","pension_on":"2025-01-01"`, [][2]string{{"insurance_state", `"on":"2026-01-01","insurance":"11","state":"1"`}}},
			who{worker + `,"pension_state":"1","pension_on":"2025-01-01"`, [][2]string{{"insurance_state", `"on":"2026-01-01","insurance":"11","state":"3"`}}}), "2026-06-01",
			map[string]string{"newly_insured/all": "0", "newly_insured/pension": "0"}},
		"insured, on New Year's Day": {home(w, "", nil, who{worker, [][2]string{{"insurance_state", `"on":"2025-12-31","insurance":"11","state":"1"`}}}), "2026-01-01", map[string]string{"newly_insured/pension": "0"}},
		"insured, the day before":    {home(w, "", nil, who{worker, [][2]string{{"insurance_state", `"on":"2025-12-31","insurance":"11","state":"1"`}}}), "2025-12-31", map[string]string{"newly_insured/pension": "1"}},
		"referred":                   {home(w, "", nil, who{worker, [][2]string{{"referral", `"on":"2026-01-01"`}, {"referral", `"on":"2025-01-01"`}}}), "2026-06-01", map[string]string{"placement_success/all": "0/1"}},
	} {
		rows := w.book.OfFamily(c.of, c.day)
		for _, indicator := range slices.Sorted(maps.Keys(c.want)) {
			if got := figure(t, rows, indicator); got != c.want[indicator] {
				t.Errorf("%s: %s is %s, want %s", name, indicator, got, c.want[indicator])
			}
		}
	}
	rows := w.book.OfFamily(family(w), "2026-03-10")
	if got := figure(t, rows, "placement_success/all"); got != "1/1" {
		t.Errorf("of one referral that led to work the success is %s", got)
	}
}

// TestSameDaysOfFigures: rows that count in a year say that they end with it.
func TestSameDaysOfFigures(t *testing.T) {
	w := newWorld(t)
	f := home(w, `,"resettled_on":"2025-07-01"`, nil, who{jobless + `,"hardship":["050"]`, [][2]string{
		{"registration", `"on":"2025-02-01"`}, {"hardship_step", `"on":"2025-03-01","step":"left"`}, {"deregistration", `"on":"2025-04-01"`},
		{"placement", `"on":"2025-05-01","line":"03"`}, {"loan", `"paid_on":"2025-06-01"`}, {"certificate", `"kind":"01","issued_on":"2025-08-01","withdrawn_on":"2026-01-10"`},
		{"insurance_state", `"on":"2025-09-01","insurance":"11","state":"1"`}}})
	show := func(rows facts.Rows) string {
		var b strings.Builder
		facts.SortRows(rows.All)
		for _, row := range rows.All {
			fmt.Fprintln(&b, row.Kind, row.ID, row.Values)
		}
		return b.String()
	}
	turns := map[string]bool{}
	for day := "2025-01-01"; day < "2027-01-05"; day = calendar.AddDays(day, 1) {
		rows := w.book.OfFamily(f, day)
		turns[rows.From] = true
		for _, other := range []string{rows.From, rows.Until} {
			if other == "" {
				continue
			}
			if again := w.book.OfFamily(f, other); show(again) != show(rows) {
				t.Fatalf("%s: the rows are not those of %s", day, other)
			}
		}
	}
	if !turns["2026-01-01"] {
		t.Error("nothing ends with the year")
	}
}

// TestSixClearFigure: who is clear in all six counts in the share, who lacks one does not.
func TestSixClearFigure(t *testing.T) {
	w := newWorld(t)
	clear := jobless + `,"skill":"厨师","training_wish":"0","wish_occupation_1":"4","wish_pay":200000,"wish_area":"1","pension_state":"1","pension_on":"2026-01-01",
		"medical_state":"1","medical_on":"2026-01-01","unemployment_state":"1","unemployment_on":"2026-01-01"`
	events := [][2]string{{"unemployment", `"on":"2026-01-01","reason":"20"`}, {"service", `"on":"2026-05-01"`}}
	f := home(w, `,"people":2`, nil, who{clear, events}, who{clear, events[:1]})
	k, _ := w.schema.Kind("household")
	all := facts.Values{}
	for _, field := range k.Fields {
		if field.Must != schema.None && f.Household.Value(field.Name).IsNull() {
			all[field.Name] = change.Text("x") // that something is there is all that counts
		} else {
			all[field.Name] = f.Household.Value(field.Name)
		}
	}
	whole := facts.EntryOf(k, f.Household.ID, all)
	f.Household = &whole
	if got := figure(t, w.book.OfFamily(f, "2026-06-01"), "six_clear/all"); got != "1/2" {
		t.Errorf("of two, one of whom was served, the share is %s", got)
	}
}

// TestAchievement: a row says by whom, where and for whom something was done, and in what
// it counts.
func TestAchievement(t *testing.T) {
	w := newWorld(t)
	rows := w.book.OfFamily(home(w, `,"low_income":true,"resettled_on":"2025-07-01"`, nil, who{worker + `,"hardship":["060"]`, [][2]string{
		{"placement", `"on":"2026-03-01","line":"03","channel":"1","form":"010","employer_name":"一厂","recorded_by":"陈"`}}}), "2026-06-01")
	if got, want := show(t, one(t, rows, facts.Achievement), "event", "on", "year", "line", "form", "employer_name", "recorded_by", "low_income", "hardship", "resettled", "counts"),
		`{"counts":["line03_n","line03_n_all","line03_p","line03_p_all","placement_n","placement_n_all","placement_p","placement_p_all"],"employer_name":"一厂","event":"placement","form":"010","hardship":["060"],"line":"03","low_income":true,"on":"2026-03-01","recorded_by":"陈","resettled":true,"year":2026}`; got != want {
		t.Errorf("the row has %s, want %s", got, want)
	}
}
