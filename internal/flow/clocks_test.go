package flow_test

import (
	"testing"

	"tongbu/internal/calendar"
	"tongbu/internal/flow"
)

// of2026 has the days of the State Council's notice for October 2026.
var of2026 = calendar.NewHolidays(map[string]calendar.Year{"2026": {
	Off:    []string{"2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"},
	Worked: []string{"2026-09-20", "2026-10-10"},
}})

// TestTerms: days are counted from the day after, a month ends on the same day or the
// last of its month, working days go by the table.
func TestTerms(t *testing.T) {
	terms := flow.Terms{Holidays: of2026}
	for _, c := range []struct {
		from  string
		term  flow.Term
		want  string
		known bool
	}{
		{"2026-03-01", flow.Term{Days: 20}, "2026-03-21", true},
		{"2026-02-10", flow.Term{Days: 20}, "2026-03-02", true},
		{"2024-02-10", flow.Term{Days: 20}, "2024-03-01", true}, // over 29 February
		{"2026-12-20", flow.Term{Days: 20}, "2027-01-09", true},
		{"2026-01-31", flow.Term{Months: 1}, "2026-02-28", true},
		{"2024-01-31", flow.Term{Months: 1}, "2024-02-29", true},
		{"2024-02-29", flow.Term{Months: 12}, "2025-02-28", true},
		{"2026-03-31", flow.Term{Months: 1}, "2026-04-30", true},
		{"2026-11-15", flow.Term{Months: 6}, "2027-05-15", true},
		{"2026-03-02", flow.Term{Working: 5}, "2026-03-09", true},
		{"2026-09-30", flow.Term{Working: 3}, "2026-10-10", true}, // over the festival, a Saturday that is worked
		{"2026-09-18", flow.Term{Working: 1}, "2026-09-20", true}, // a Sunday that is worked
		{"2026-12-30", flow.Term{Working: 3}, "2027-01-04", false},
		{"2026-03-02", flow.Term{}, "2026-03-02", true},
	} {
		if due, known := terms.Add(c.from, c.term); due != c.want || known != c.known {
			t.Errorf("%v from %s: %s (known %v), want %s (%v)", c.term, c.from, due, known, c.want, c.known)
		}
	}
}

// recognised is a family case that the street confirmed on 9 March.
const recognised = "a DECLARED 5 1;b VERIFIED 5 2 >a;c PUBLIC_NOTICE 5 3 >b;d STREET_CONFIRMED 4 9 >c"

// clockOf is the clock of a name of the only case of steps.
func clockOf(t *testing.T, terms flow.Terms, all []flow.Step, name string, renewed ...string) *flow.Running {
	t.Helper()
	cases := flow.Flows[flow.Family].Cases(sorted(all))
	if len(cases) != 1 {
		t.Fatalf("%d cases, want 1", len(cases))
	}
	for _, r := range cases[0].Clocks(terms, func(string) []string { return renewed }) {
		if r.Name == name {
			return &r
		}
	}
	return nil
}

// TestTwentyDays: one member is at work on the 20th day after the recognition, or late.
func TestTwentyDays(t *testing.T) {
	for day, late := range map[int]bool{10: false, 29: false, 30: true} {
		all := append(steps(t, recognised), flow.Step{ID: "e", Name: "ONE_EMPLOYED", Level: 5, Answers: "d", On: calendar.AddDays("2026-03-01", day-1)})
		r := clockOf(t, flow.Terms{}, all, "family_one")
		if r == nil || r.Due != "2026-03-29" || r.Runs() || r.Late() != late {
			t.Errorf("the %dth: %+v", day, r)
		}
	}
	if r := clockOf(t, flow.Terms{}, steps(t, recognised), "family_one"); r == nil || !r.Runs() || r.Late() {
		t.Errorf("nobody at work yet: %+v", r)
	}
}

// TestMonthlyVisits: each visit begins the month again; one before the recognition, and one
// of another day's order, changes nothing.
func TestMonthlyVisits(t *testing.T) {
	for _, c := range []struct {
		visits []string
		due    string
	}{
		{nil, "2026-04-09"},
		{[]string{"2026-03-05"}, "2026-04-09"},
		{[]string{"2026-03-31"}, "2026-04-30"},
		{[]string{"2026-03-31", "2026-03-20"}, "2026-04-30"},
	} {
		if r := clockOf(t, flow.Terms{}, steps(t, recognised), "family_visit", c.visits...); r == nil || r.Due != c.due {
			t.Errorf("visits %v: %+v, want due %s", c.visits, r, c.due)
		}
	}
}

// TestTurns: each visit ends one turn and begins another, whose last days go by the terms;
// the last turn is ended by the step that ends the clock.
func TestTurns(t *testing.T) {
	show := func(r *flow.Running) (text string) {
		for _, turn := range r.Turns(flow.Terms{}) {
			text += turn.Due + " " + turn.Done
			if turn.By != nil {
				text += " " + turn.By.Name
			}
			text += ";"
		}
		return text
	}
	if got, want := show(clockOf(t, flow.Terms{}, steps(t, recognised), "family_visit", "2026-04-20", "2026-03-05", "2026-03-31")), "2026-04-09 2026-03-31;2026-04-30 2026-04-20;2026-05-20 ;"; got != want {
		t.Errorf("visits: %s, want %s", got, want)
	}
	left := append(steps(t, recognised), steps(t, "w WITHDRAWN 5 12 >d")...)
	if got, want := show(clockOf(t, flow.Terms{}, left, "family_visit", "2026-03-10", "2026-03-13")), "2026-04-09 2026-03-10;2026-04-10 2026-03-12 WITHDRAWN;"; got != want {
		t.Errorf("visits until the family left: %s, want %s", got, want)
	}
	if got, want := show(clockOf(t, flow.Terms{}, steps(t, recognised), "family_one")), "2026-03-29 ;"; got != want {
		t.Errorf("one at work: %s, want %s", got, want)
	}
}

// TestEndedClocks: a case that has ended runs no clock, one that came to a state twice runs
// it once, and a published term goes before the usual one.
func TestEndedClocks(t *testing.T) {
	all := append(steps(t, recognised), steps(t, "w WITHDRAWN 5 12 >d")...)
	for _, name := range []string{"family_one", "family_visit", "family_file"} {
		if r := clockOf(t, flow.Terms{}, all, name); r != nil && r.Runs() {
			t.Errorf("%s runs in a case that has ended", name)
		}
	}
	twice := steps(t, "a DECLARED 5 1;b VERIFIED 5 2 >a;r RETURNED 4 3 >b;c VERIFIED 5 4 >r")
	if r := clockOf(t, flow.Terms{}, twice, "family_notice"); r == nil {
		t.Error("no clock for the notice")
	}
	named := flow.Terms{Named: map[string]flow.Term{"family_one": {Days: 15}}}
	if r := clockOf(t, named, steps(t, recognised), "family_one"); r == nil || r.Due != "2026-03-24" {
		t.Errorf("a published term of 15 days: %+v", r)
	}
}

// TestFirstAndLastDay: a visit on the day on which the clock begins, or on which a step ends
// it, is one of its visits.
func TestFirstAndLastDay(t *testing.T) {
	for _, c := range []struct {
		steps  string
		visits []string
		want   int
	}{
		{recognised, []string{"2026-03-08", "2026-03-09"}, 1},
		{recognised + ";w WITHDRAWN 5 12 >d", []string{"2026-03-12", "2026-03-13"}, 1},
	} {
		if r := clockOf(t, flow.Terms{}, steps(t, c.steps), "family_visit", c.visits...); r == nil || len(r.Again) != c.want {
			t.Errorf("visits %v: %+v, want %d that count", c.visits, r, c.want)
		}
	}
}

// TestOverTheTable: a clock that begins or is due in a year without a table of working days
// is not known, wherever in its time the table ends.
func TestOverTheTable(t *testing.T) {
	notice := func(on string) (r flow.Running) {
		all := []flow.Step{{ID: "a", Name: "asked", Level: 5, On: on}, {ID: "b", Name: "checked", Level: 5, On: on}, {ID: "c", Name: "notice", Level: 5, On: on}}
		clocks := flow.Flows[flow.Hardship].Cases(all)[0].Clocks(flow.Terms{Holidays: of2026}, func(string) []string { return nil })
		return clocks[len(clocks)-1]
	}
	for on, want := range map[string]bool{"2026-12-01": true, "2026-12-21": false, "2026-12-30": false} {
		if r := notice(on); r.Name != "hardship_recheck" || r.Known != want {
			t.Errorf("a notice of %s: %s due %s, known %v, want %v", on, r.Name, r.Due, r.Known, want)
		}
	}
}
