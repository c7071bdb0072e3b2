package facts_test

import (
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/facts"
)

// city is a unit above that of the tests.
const city = change.UnitID("bbbbbbbbbbbbbbbb")

// asks publishes a census round of a tier above.
func (w *world) asks(more string) {
	w.publish(w.entry("campaign", string(city)+".k1", `{"name":"普查","kind":"01","from":"2026-03-01","to":"2026-04-30"`+more+`}`))
}

func censusVisit(day, result, more string) string {
	return fmt.Sprintf(`visit 5 {"household":"@h","on":"%s","result":"%s","campaign":"%s.k1"%s}`, day, result, city, more)
}

// TestCensusForms: how far a home's form has come in a round, and what is to be done.
func TestCensusForms(t *testing.T) {
	for _, c := range []struct {
		name, round string
		lines       []string
		survey, day string
		want        string // state outcome tries in_vain, and the tasks
	}{
		{"issued", `,"state":"2"`, nil, "", "2026-03-05", "issued 4 0 false"},
		{"planned only", `,"state":"1"`, nil, "", "2026-03-05", ""},
		{"cancelled", `,"state":"6"`, nil, "", "2026-03-05", ""},
		{"sent before its day", `,"state":"2"`, nil, "", "2026-02-05", "issued 4 0 false"},
		{"no state, before its day", ``, nil, "", "2026-02-05", ""},
		{"no state, on its day", ``, nil, "", "2026-03-01", "issued 4 0 false"},
		{"the last week", `,"state":"3"`, nil, "", "2026-04-23", "issued 4 0 false census_visit p1 04-30"},
		{"before the last week", `,"state":"3"`, nil, "", "2026-04-22", "issued 4 0 false"},
		{"after the end", `,"state":"3"`, nil, "", "2026-05-10", "issued 4 0 false census_visit p1 04-30"},
		{"closed", `,"state":"4"`, nil, "", "2026-05-10", "issued 4 0 false"},
		{"long over", `,"state":"4"`, nil, "", "2027-05-01", ""},
		{"nobody at home", `,"state":"3"`, []string{censusVisit("2026-03-02", "2", "")}, "", "2026-03-05", "visited 4 1 false"},
		{"three times in vain", `,"state":"3"`, []string{censusVisit("2026-03-02", "2", ""), censusVisit("2026-03-03", "3", ""), censusVisit("2026-03-04", "2", "")}, "", "2026-03-05", "visited 4 3 true census_vain p1 04-30"},
		{"met the fourth time", `,"state":"3"`, []string{censusVisit("2026-03-02", "2", ""), censusVisit("2026-03-03", "3", ""), censusVisit("2026-03-04", "2", ""), censusVisit("2026-03-05", "1", `,"answer":"1"`)}, "", "2026-03-05", "filled 1 3 false"},
		{"three times on one day", `,"state":"3"`, []string{censusVisit("2026-03-02", "2", ""), censusVisit("2026-03-02", "3", ""), censusVisit("2026-03-02", "2", "")}, "", "2026-03-05", "visited 4 1 false"},
		{"an answer of nobody", `,"state":"3"`, []string{censusVisit("2026-03-02", "2", `,"answer":"1"`)}, "", "2026-03-05", "visited 4 1 false"},
		{"before the round", `,"state":"3"`, []string{censusVisit("2026-02-27", "1", `,"answer":"1"`)}, "", "2026-03-05", "issued 4 0 false"},
		{"recorded in the round", `,"state":"3"`, nil, `2026-03-02","recorded_on":"2026-03-02`, "2026-03-05", "entered 3 0 false"},
		{"recorded before the round", `,"state":"3"`, nil, `2026-03-02","recorded_on":"2026-02-02`, "2026-03-05", "entered  0 false"},
		{"of another round", `,"state":"3"`, []string{`visit 5 {"household":"@h","on":"2026-03-02","result":"1"}`}, "", "2026-03-05", "issued 4 0 false"},
		{"met and no form", `,"state":"3"`, []string{censusVisit("2026-03-02", "1", `,"answer":"4"`)}, "", "2026-04-29", "visited  0 false"},
		{"filled", `,"state":"3"`, []string{censusVisit("2026-03-02", "1", `,"answer":"2"`)}, "", "2026-03-05", "filled 2 0 false"},
		{"checked", `,"state":"3"`, []string{censusVisit("2026-03-02", "1", `,"answer":"2","checked_by":"李"`)}, "", "2026-03-05", "checked 2 0 false"},
		{"entered", `,"state":"3"`, []string{censusVisit("2026-03-02", "1", `,"answer":"2"`)}, "2026-03-02", "2026-03-05", "entered 2 0 false"},
		{"entered, nobody says how it compares", `,"state":"3"`, nil, "2026-03-02", "2026-04-29", "entered  0 false"},
		{"archived", `,"state":"5"`, []string{censusVisit("2026-03-02", "1", `,"answer":"1"`)}, "2026-03-02", "2026-06-05", "archived 1 0 false"},
	} {
		w := newWorld(t)
		w.asks(c.round)
		f := w.atWork(husband)
		if c.survey != "" {
			home := w.entry("household", string(id("h")), `{"head_name":"甲","survey_date":"`+c.survey+`"}`)
			f.Household = &home
		}
		w.told(&f, c.lines...)
		rows := w.book.OfFamily(f, c.day)
		got := ""
		for _, row := range rowsOf(rows, facts.CensusForm) {
			v := row.Values
			got += fmt.Sprint(v["state"].Text(), " ", v["outcome"].Text(), " ", v["tries"].Int(), " ", v["in_vain"].Bool())
		}
		for _, task := range tasks(t, rows) {
			if strings.HasPrefix(task, "census") {
				got += " " + task
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestCensusArea: a round asks the homes below who plans it; of two rounds a home has two
// forms; a campaign of another kind asks nobody.
func TestCensusArea(t *testing.T) {
	w := newWorld(t)
	w.publish(w.entry("campaign", string(city)+".k1", `{"name":"甲","kind":"01","from":"2026-03-01","state":"3"}`),
		w.entry("campaign", string(unit)+".k2", `{"name":"乙","kind":"01","from":"2026-03-01","state":"3"}`),
		w.entry("campaign", string(city)+".k3", `{"name":"丙","kind":"06","from":"2026-03-01","state":"3"}`))
	f := w.atWork(husband)
	if n := len(rowsOf(w.book.OfFamily(f, "2026-03-05"), facts.CensusForm)); n != 2 {
		t.Errorf("%d forms, want 2", n)
	}
	f.Above = func(by change.UnitID) bool { return by != city }
	if n := len(rowsOf(w.book.OfFamily(f, "2026-03-05"), facts.CensusForm)); n != 1 {
		t.Errorf("%d forms of the rounds above, want 1", n)
	}
	p := w.book.Published()
	all, none := p.DigestOf(func(change.UnitID) bool { return true }), p.DigestOf(func(change.UnitID) bool { return false })
	if all == none || none != p.Digest() || p.DigestOf(f.Above) == all {
		t.Error("the digest of a unit does not tell the rounds above it")
	}
}

// TestCensusTurns: of changes of campaigns those of a census round alone may make other rows.
func TestCensusTurns(t *testing.T) {
	w := newWorld(t)
	w.asks("")
	p, k1, other := w.book.Published(), change.RecordID(string(city)+".k1"), change.RecordID(string(city)+".k9")
	text := func(pairs ...string) change.Fields {
		values := map[string]change.Value{}
		for i := 0; i < len(pairs); i += 2 {
			values[pairs[i]] = change.Text(pairs[i+1])
		}
		return change.FieldsOf(values)
	}
	for what, c := range map[string]struct {
		id     change.RecordID
		fields change.Fields
		want   bool
	}{
		"a round's state":       {k1, text("state", "4"), true},
		"a round of another":    {k1, text("kind", "06"), true},
		"a fair":                {other, text("kind", "06", "from", "2026-01-01"), false},
		"a fair's figures":      {other, text("media", "3"), false},
		"a fair becomes one":    {other, text("kind", "01"), true},
		"one that was void":     {other, text("valid", "1"), true},
		"a fair that is called": {other, text("state", "6"), false},
	} {
		if got := p.Turns(c.id, c.fields); got != c.want {
			t.Errorf("%s: %t", what, got)
		}
	}
}

// TestCensusOfEmptyHome: a home with which nobody is listed yet is visited like others.
func TestCensusOfEmptyHome(t *testing.T) {
	w := newWorld(t)
	w.asks(`,"state":"3"`)
	home := w.entry("household", string(id("h")), `{"head_name":"甲","survey_date":"2026-01-10","surveyor":"李"}`)
	v := one(t, w.book.OfFamily(facts.Family{Household: &home}, "2026-04-29"), facts.TaskKind).Values
	if got := fmt.Sprint(v["task"].Text(), " ", v["household"].Text() == string(id("h")), " ", v["name"].Text(), " ", v["who"].Text()); got != "census_visit true 甲 李" {
		t.Errorf("to do: %s", got)
	}
}
