package facts_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/facts"
	"tongbu/internal/rulepack"
)

// lineKinds are the kinds of the steps about each kind of subject.
var lineKinds = map[string]string{"household": "family_step", "person": "hardship_step"}

// steps are the lines of steps that answer each other, each "name level day", of a family
// case of a kind, or of a person's hardship where that is empty. The first answers nothing.
func steps(family string, all ...string) (lines []string) {
	before := ""
	for i, s := range all {
		var step, on, whose string
		var level int
		_, _ = fmt.Sscan(s, &step, &level, &on, &whose) // whose is there of some only
		subject, more := "person", `,"person":"@p0"`
		if family != "" {
			subject, more = "household", `,"household":"@h","family_kind":"`+family+`"`
		}
		if whose != "" {
			more += `,"person":"@` + whose + `"`
		}
		name := fmt.Sprintf("@%s%s%d", subject[:1], family, i)
		line := fmt.Sprintf(`%s %d {"id":"%s","on":"%s","step":"%s"%s`, lineKinds[subject], level, name, on, step, more)
		if before != "" {
			line += `,"answers":"` + before + `"`
		}
		lines, before = append(lines, line+"}"), name
	}
	return lines
}

// confirmed are the steps of a family's case up to the street's word of 12 February; what
// is told of it follows.
func confirmed(kind string, more ...string) []string {
	return steps(kind, append([]string{"FOUND 5 2026-02-03", "VERIFIED 5 2026-02-04", "PUBLIC_NOTICE 5 2026-02-05", "STREET_CONFIRMED 4 2026-02-12"}, more...)...)
}

// figuresOf are the days of a table with what figures are on each.
type figuresOf map[string]map[string]string

// wantFigures holds the figures of a household of two with an allowance, of which lines
// are told, against a table.
func wantFigures(t *testing.T, w *world, name string, lines []string, want figuresOf) {
	t.Helper()
	f := home(w, `,"low_income":true`, nil, who{jobless + `,"relation":"02"`, nil}, who{jobless, nil})
	w.told(&f, lines...)
	for _, day := range slices.Sorted(maps.Keys(want)) {
		rows := w.book.OfFamily(f, day)
		for _, indicator := range slices.Sorted(maps.Keys(want[day])) {
			if got := figure(t, rows, indicator); got != want[day][indicator] {
				t.Errorf("%s, %s: %s is %s, want %s", name, day, indicator, got, want[day][indicator])
			}
		}
	}
}

// TestDynamicZero: a recognised case without one member at work counts from the day after
// its twentieth on, until a step that counts says that one is.
func TestDynamicZero(t *testing.T) {
	const zero, term = "dynamic_zero/zero_employment", "in_time/one_employed"
	for name, c := range map[string]struct {
		lines []string
		want  figuresOf
	}{
		"nobody at work": {confirmed("02"), figuresOf{"2026-02-11": {zero: "0/0"}, "2026-02-12": {zero: "0/1"}, "2026-03-04": {zero: "0/1", term: "0/0"},
			"2026-03-05": {zero: "1/1", "dynamic_zero/all": "1/1", "dynamic_zero/rural": "0/0", term: "0/1"}, "2026-12-31": {zero: "1/1", term: "0/1"}, "2027-01-01": {zero: "1/1", term: "0/0"}}},
		"on the 20th day": {confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1"), figuresOf{"2026-03-04": {zero: "0/1", term: "0/0"}, "2026-03-05": {zero: "0/1", term: "1/1"}, "2027-01-01": {zero: "0/1", term: "0/0"}}},
		"on the 21st day": {confirmed("02", "ONE_EMPLOYED 5 2026-03-05 p1"), figuresOf{"2026-03-05": {zero: "0/1", term: "0/1"}}},
		"left in time":    {confirmed("02", "WITHDRAWN 5 2026-03-04"), figuresOf{"2026-03-05": {zero: "0/0", term: "0/0"}}},
		"left late":       {confirmed("02", "WITHDRAWN 5 2026-03-05"), figuresOf{"2026-03-05": {zero: "0/0", term: "0/1"}}},
		"returned":        {confirmed("02", "RETURNED 4 2026-02-20"), figuresOf{"2026-03-05": {zero: "0/0", term: "0/0", "overdue/recognition": "1/1"}}},
		"relapsed": {confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1", "RELAPSED 5 2026-04-10"), figuresOf{"2026-04-30": {zero: "0/1", term: "1/1"},
			"2026-05-01": {zero: "1/1", term: "0/1"}}},
		"stable":       {confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1", "STABLE 5 2026-04-01"), figuresOf{"2026-03-31": {zero: "0/1"}, "2026-04-01": {zero: "0/0"}}},
		"a student":    {confirmed("04"), figuresOf{"2026-03-05": {zero: "0/0", "dynamic_zero/student": "1/1", "dynamic_zero/all": "1/1"}}},
		"rural":        {confirmed("05"), figuresOf{"2026-03-05": {"dynamic_zero/rural": "1/1", "dynamic_zero/student": "0/0"}}},
		"of two kinds": {append(confirmed("02", "ONE_EMPLOYED 5 2026-03-01 p1"), confirmed("05")...), figuresOf{"2026-03-05": {zero: "0/1", "dynamic_zero/rural": "1/1", "dynamic_zero/all": "1/2", term: "1/2"}}},
		"over New Year": {steps("02", "FOUND 5 2026-12-01", "VERIFIED 5 2026-12-02", "STREET_CONFIRMED 4 2026-12-11"), figuresOf{"2026-12-31": {zero: "0/1", term: "0/0"},
			"2027-01-01": {zero: "1/1", term: "0/1"}, "2028-01-01": {zero: "1/1", term: "0/0"}}},
	} {
		wantFigures(t, newWorld(t), name, c.lines, c.want)
	}
	w := newWorld(t)
	w.publish(w.pack(rulepack.ClocksKind, "2026-01-01", "", "one_employed_days: 15"))
	wantFigures(t, w, "fifteen days", confirmed("02"), figuresOf{"2026-02-27": {zero: "0/1"}, "2026-02-28": {zero: "1/1"}})
}

// TestOneMonth: a zero-employment family has a month from its recognition until one member
// is at work; the month ends on the same day of the next one, or on its last.
func TestOneMonth(t *testing.T) {
	const month = "in_time/one_month"
	for name, c := range map[string]struct {
		lines []string
		want  figuresOf
	}{
		"nobody at work":   {confirmed("02"), figuresOf{"2026-03-12": {month: "0/0"}, "2026-03-13": {month: "0/1"}, "2026-12-31": {month: "0/1"}, "2027-01-01": {month: "0/0"}}},
		"on the last day":  {confirmed("02", "ONE_EMPLOYED 5 2026-03-12 p1"), figuresOf{"2026-03-12": {month: "0/0"}, "2026-03-13": {month: "1/1"}}},
		"a day later":      {confirmed("02", "ONE_EMPLOYED 5 2026-03-13 p1"), figuresOf{"2026-03-13": {month: "0/1"}, "2026-12-31": {month: "0/1"}}},
		"left in time":     {confirmed("02", "WITHDRAWN 5 2026-03-12"), figuresOf{"2026-03-13": {month: "0/0"}}},
		"left late":        {confirmed("02", "WITHDRAWN 5 2026-03-13"), figuresOf{"2026-03-13": {month: "0/1"}}},
		"of another kind":  {confirmed("05"), figuresOf{"2026-03-13": {month: "0/0"}}},
		"relapsed":         {confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1", "RELAPSED 5 2026-04-10"), figuresOf{"2026-05-10": {month: "1/1"}, "2026-05-11": {month: "0/1"}}},
		"in a short month": {steps("02", "FOUND 5 2026-01-20", "VERIFIED 5 2026-01-21", "STREET_CONFIRMED 4 2026-01-31"), figuresOf{"2026-02-28": {month: "0/0"}, "2026-03-01": {month: "0/1"}}},
	} {
		wantFigures(t, newWorld(t), name, c.lines, c.want)
	}
}

// TestZeroEnded: families with a member come to work, each once a year and once ever, and
// the members whom the steps name.
func TestZeroEnded(t *testing.T) {
	const year, ever, dual, persons, times = "zero_ended/year", "zero_ended/ever", "dual_ended/year", "zero_employed/persons", "zero_employed/times"
	again := strings.NewReplacer("2026-", "2027-", "@h02", "@again")
	second := confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1")
	for i := range second {
		second[i] = again.Replace(second[i])
	}
	for name, c := range map[string]struct {
		lines []string
		want  figuresOf
	}{
		"one": {confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1"), figuresOf{"2026-03-03": {year: "0", ever: "0", persons: "0"},
			"2026-03-04": {year: "1", "zero_ended/year_low": "1", ever: "1", "zero_ended/ever_low": "1", persons: "1", "zero_employed_low/persons": "1", dual: "0"},
			"2027-01-01": {year: "0", "zero_ended/year_low": "0", ever: "1", "zero_ended/ever_low": "1", persons: "0", "zero_employed/persons_ever": "1"}}},
		"of nobody known":    {confirmed("02", "ONE_EMPLOYED 5 2026-03-04"), figuresOf{"2026-03-04": {year: "1", persons: "0"}}},
		"of another kind":    {confirmed("05", "ONE_EMPLOYED 5 2026-03-04 p1"), figuresOf{"2026-03-04": {year: "0", persons: "0"}}},
		"not confirmed":      {steps("02", "FOUND 5 2026-02-03", "VERIFIED 5 2026-02-04", "ONE_EMPLOYED 5 2026-03-04 p1"), figuresOf{"2026-03-04": {year: "0", persons: "0"}}},
		"two":                {confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1", "DUAL_EMPLOYED 5 2026-04-01 p0"), figuresOf{"2026-04-01": {year: "1", dual: "1", "dual_ended/ever": "1", persons: "2", times: "2"}, "2027-01-01": {dual: "0", "dual_ended/ever": "1"}}},
		"two of another day": {confirmed("02", "ONE_EMPLOYED 5 2026-12-31 p1", "DUAL_EMPLOYED 5 2027-01-01 p1"), figuresOf{"2026-12-31": {year: "1", dual: "0", persons: "1"}, "2027-01-01": {year: "0", dual: "1", persons: "1", times: "1", "zero_employed/persons_ever": "1"}}},
		"again in the year": {confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1", "RELAPSED 5 2026-05-01", "ONE_EMPLOYED 5 2026-06-01 p1"),
			figuresOf{"2026-06-01": {year: "1", ever: "1", persons: "1", times: "2"}}},
		"a case of the year after": {append(confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1", "STABLE 5 2026-06-01"), second...), figuresOf{"2026-12-31": {year: "1", ever: "1"},
			"2027-03-04": {year: "1", ever: "1", persons: "1", "zero_employed/persons_ever": "1", "zero_employed/times_ever": "2"}}},
	} {
		wantFigures(t, newWorld(t), name, c.lines, c.want)
	}
	w := newWorld(t)
	f := home(w, "", nil, who{jobless, nil}, who{jobless, nil})
	w.told(&f, append(confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1", "STABLE 5 2026-06-01"), second...)...)
	for name, want := range map[string]string{"h020": `{"counts":["helped_h_all"]}`, "again0": `{"counts":["helped_h","recognise_ended","visit_open","zero_open"]}`} {
		if got := show(t, rowsOf(w.book.OfFamily(f, "2027-03-04"), facts.CaseKind)[id(name)], "counts"); got != want {
			t.Errorf("of two cases %s counts in %s, want %s", name, got, want)
		}
	}
	w = newWorld(t)
	f = home(w, "", nil, who{jobless, nil}, who{jobless, nil})
	w.told(&f, confirmed("02", "ONE_EMPLOYED 5 2026-03-04 p1")...)
	rows := w.book.OfFamily(f, "2026-03-04")
	if got := figure(t, rows, "zero_ended/year_low") + figure(t, rows, "zero_employed_low/times"); got != "00" {
		t.Errorf("without an allowance %s count as with one", got)
	}
	if got, want := show(t, one(t, rows, facts.Achievement), "event", "on", "line", "counts"),
		`{"counts":["helped_n","helped_n_all","helped_p","helped_p_all"],"event":"zero_ended","line":"10","on":"2026-03-04"}`; got != want {
		t.Errorf("the row of the member has %s, want %s", got, want)
	}
}

// TestTermsOfCases: what is overdue of a day, and what was done in time of the terms that
// have run out in its year, at the edges.
func TestTermsOfCases(t *testing.T) {
	two := confirmed("02", "ONE_EMPLOYED 5 2026-03-02 p1", "DUAL_PENDING 3 2026-03-31")
	visit := func(days ...string) (lines []string) {
		for _, day := range days {
			lines = append(lines, `visit 5 {"household":"@h","on":"`+day+`","kind":"3","result":"1"}`)
		}
		return append(confirmed("02", "ONE_EMPLOYED 5 2026-03-02 p1"), lines...)
	}
	registered := func(more ...string) []string {
		return append([]string{`registration 5 {"person":"@p0","on":"2026-02-02"}`}, more...)
	}
	for name, c := range map[string]struct {
		lines []string
		want  figuresOf
	}{
		"two at work asked for": {two, figuresOf{"2026-03-30": {"overdue/dual": "0/0"}, "2026-04-30": {"overdue/dual": "0/1", "in_time/dual": "0/0"}, "2026-05-01": {"overdue/dual": "1/1", "in_time/dual": "0/1"}}},
		"two on the last day":   {confirmed("02", "ONE_EMPLOYED 5 2026-03-02 p1", "DUAL_PENDING 3 2026-03-31", "DUAL_EMPLOYED 5 2026-04-30 p0"), figuresOf{"2026-04-30": {"in_time/dual": "0/0"}, "2026-05-01": {"overdue/dual": "0/0", "in_time/dual": "1/1"}}},
		"two a day late":        {confirmed("02", "ONE_EMPLOYED 5 2026-03-02 p1", "DUAL_PENDING 3 2026-03-31", "DUAL_EMPLOYED 5 2026-05-01 p0"), figuresOf{"2026-05-01": {"overdue/dual": "0/0", "in_time/dual": "0/1"}}},
		"stable with one":       {confirmed("02", "ONE_EMPLOYED 5 2026-03-02 p1", "DUAL_PENDING 3 2026-03-31", "STABLE 5 2026-04-20"), figuresOf{"2026-05-01": {"in_time/dual": "0/0"}}},
		"never visited":         {visit(), figuresOf{"2026-03-12": {"overdue/visits": "0/1", "in_time/visits": "0/0"}, "2026-03-13": {"overdue/visits": "1/1", "in_time/visits": "0/1"}}},
		"visited on the last day": {visit("2026-03-12"), figuresOf{"2026-03-12": {"in_time/visits": "0/0"}, "2026-03-13": {"overdue/visits": "0/1", "in_time/visits": "1/1"},
			"2026-04-12": {"overdue/visits": "0/1", "in_time/visits": "1/1"}, "2026-04-13": {"overdue/visits": "1/1", "in_time/visits": "0/1"}}},
		"visited a day late":      {visit("2026-03-13"), figuresOf{"2026-03-13": {"overdue/visits": "0/1", "in_time/visits": "0/1"}, "2026-04-13": {"in_time/visits": "0/1"}}},
		"once late, once in time": {visit("2026-03-13", "2026-04-13"), figuresOf{"2026-04-14": {"overdue/visits": "0/1", "in_time/visits": "0/1"}}},
		"hardship checked late":   {steps("", "asked 5 2026-02-02", "checked 5 2026-02-12", "notice 5 2026-02-13"), figuresOf{"2026-02-17": {"overdue/hardship": "0/1", "in_time/hardship": "0/1"}}},
		"visited twice in one":    {visit("2026-03-01", "2026-03-05"), figuresOf{"2026-04-05": {"in_time/visits": "1/1", "overdue/visits": "0/1"}, "2026-04-06": {"in_time/visits": "0/1", "overdue/visits": "1/1"}}},
		"missed the year before":  {visit("2026-12-20"), figuresOf{"2026-12-31": {"in_time/visits": "0/1"}, "2027-01-20": {"in_time/visits": "0/0"}, "2027-01-21": {"in_time/visits": "0/1"}}},
		"stable before a visit":   {confirmed("02", "ONE_EMPLOYED 5 2026-03-02 p1", "STABLE 5 2026-03-12"), figuresOf{"2026-03-13": {"in_time/visits": "0/0", "overdue/visits": "0/0"}}},
		"not filed": {confirmed("02"), figuresOf{"2026-02-23": {"overdue/recognition": "0/1", "in_time/recognition": "1/1"},
			"2026-02-24": {"overdue/recognition": "1/1", "in_time/recognition": "0/1"}}},
		"hardship not checked":      {steps("", "asked 5 2026-02-02"), figuresOf{"2026-02-11": {"overdue/hardship": "0/1", "in_time/hardship": "0/0"}, "2026-02-12": {"overdue/hardship": "1/1", "in_time/hardship": "0/1"}}},
		"hardship checked in time":  {steps("", "asked 5 2026-02-02", "checked 5 2026-02-11"), figuresOf{"2026-02-12": {"overdue/hardship": "0/1", "in_time/hardship": "1/1"}}},
		"hardship rejected in time": {steps("", "asked 5 2026-02-02", "rejected 4 2026-02-11"), figuresOf{"2026-02-12": {"overdue/hardship": "0/0", "in_time/hardship": "1/1"}}},
		"hardship rejected late":    {steps("", "asked 5 2026-02-02", "rejected 4 2026-02-12"), figuresOf{"2026-02-12": {"overdue/hardship": "0/0", "in_time/hardship": "0/1"}}},
		"to be re-checked": {steps("", "asked 5 2026-02-02", "checked 5 2026-02-02", "rechecked 4 2026-02-02", "recognised 3 2026-02-02"), figuresOf{"2027-02-02": {"overdue/review": "0/1", "in_time/review": "0/0"},
			"2027-02-03": {"overdue/review": "1/1", "in_time/review": "0/1", "overdue/hardship": "0/0"}}},
		"re-checked":             {steps("", "asked 5 2026-02-02", "checked 5 2026-02-02", "rechecked 4 2026-02-02", "recognised 3 2026-02-02", "reviewed 5 2027-02-02"), figuresOf{"2027-02-03": {"overdue/review": "0/1", "in_time/review": "1/1"}}},
		"left before":            {steps("", "asked 5 2026-02-02", "checked 5 2026-02-02", "rechecked 4 2026-02-02", "recognised 3 2026-02-02", "left 5 2027-02-02"), figuresOf{"2027-02-03": {"overdue/review": "0/0", "in_time/review": "0/0"}}},
		"registered in time":     {[]string{`registration 5 {"person":"@p0","on":"2026-02-05","asked_on":"2026-02-02"}`}, figuresOf{"2026-02-05": {"in_time/registration": "0/0"}, "2026-02-06": {"in_time/registration": "1/1"}}},
		"registered a day late":  {[]string{`registration 5 {"person":"@p0","on":"2026-02-06","asked_on":"2026-02-02"}`}, figuresOf{"2026-02-06": {"in_time/registration": "0/1"}}},
		"not contacted":          {registered(), figuresOf{"2026-02-09": {"overdue/first_contact": "0/1", "in_time/first_contact": "0/0"}, "2026-02-10": {"overdue/first_contact": "1/1", "in_time/first_contact": "0/1"}}},
		"contacted on the fifth": {registered(`contact 5 {"person":"@p0","on":"2026-02-09","reached":true}`), figuresOf{"2026-02-10": {"overdue/first_contact": "0/0", "in_time/first_contact": "1/1"}, "2026-03-09": {"overdue/contacts": "0/1", "in_time/contacts": "0/0"}, "2026-03-10": {"overdue/contacts": "1/1", "in_time/contacts": "0/1"}}},
		"contacted each month":   {registered(`contact 5 {"person":"@p0","on":"2026-02-09","reached":true}`, `contact 5 {"person":"@p0","on":"2026-03-09","reached":true}`), figuresOf{"2026-03-10": {"overdue/contacts": "0/1", "in_time/contacts": "1/1"}}},
		"not reached":            {registered(`contact 5 {"person":"@p0","on":"2026-02-09","reached":false}`), figuresOf{"2026-02-10": {"overdue/first_contact": "1/1"}}},
		"taken off before":       {registered(`deregistration 5 {"person":"@p0","on":"2026-02-09"}`), figuresOf{"2026-02-10": {"overdue/first_contact": "0/0", "in_time/first_contact": "0/0"}}},
		"a benefit not checked":  {[]string{`benefit_application 5 {"id":"@b","person":"@p0","on":"2026-05-20","benefit":"020"}`}, figuresOf{"2026-05-29": {"overdue/benefit": "0/1"}, "2026-05-30": {"overdue/benefit": "1/1", "in_time/benefit": "0/1"}}},
		"a benefit rejected": {[]string{`benefit_application 5 {"id":"@b","person":"@p0","on":"2026-05-20","benefit":"020"}`, `benefit_decision 5 {"person":"@p0","on":"2026-05-29","application":"@b","tier":"5","result":"rejected"}`},
			figuresOf{"2026-05-30": {"overdue/benefit": "0/0", "in_time/benefit": "1/1"}}},
	} {
		wantFigures(t, newWorld(t), name, c.lines, c.want)
	}
}
