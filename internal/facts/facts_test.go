package facts_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"tongbu/internal/calendar"
	"tongbu/internal/facts"
	"tongbu/internal/schema"
)

// family is one of two, both without work, of whom she was placed later.
func family(w *world) facts.Family {
	home := w.entry("household", string(id("h")), `{"head_name":"甲","people":2,"survey_date":"2026-01-10","low_income":true}`)
	he := w.entry("person", string(id("p1")), `{"household":"`+string(id("h"))+`","name":"甲","sex":"1","birth_date":"1970-05-20","relation":"02",
		"hukou":"10","status":"9","labour_ability":"1","job_wish":"1","skill":"焊工","training_wish":"1"}`)
	she := w.entry("person", string(id("p2")), `{"household":"`+string(id("h"))+`","name":"乙","sex":"2","birth_date":"1980-02-29","relation":"12",
		"hukou":"10","labour_ability":"1","job_wish":"1"}`)
	p := string(id("p2"))
	return facts.Family{Household: &home, Members: []facts.Person{
		{Entry: he, Events: []facts.Entry{
			w.entry("unemployment", "", `{"person":"`+string(id("p1"))+`","on":"2025-11-01","reason":"20","employer_name":"一厂"}`),
			w.entry("registration", "", `{"person":"`+string(id("p1"))+`","on":"2026-02-01","certificate_no":"S1"}`),
		}},
		{Entry: she, Events: []facts.Entry{
			w.entry("unemployment", string(id("u2")), `{"person":"`+p+`","on":"2025-12-01","reason":"20"}`),
			w.entry("job_seeking", string(id("s2")), `{"person":"`+p+`","on":"2026-01-15","seek_no":"Q7","occupation_1":"4","pay":200000}`),
			w.entry("referral", string(id("r2")), `{"person":"`+p+`","on":"2026-02-01","referral_no":"R9","employer_name":"二店"}`),
			w.entry("feedback", "", `{"person":"`+p+`","on":"2026-02-05","referral":"`+string(id("r2"))+`","result":"2"}`),
			w.entry("placement", string(id("w2")), `{"person":"`+p+`","on":"2026-03-01","referral":"`+string(id("r2"))+`","employer_name":"二店","form":"010",
				"contract":true,"contract_from":"2026-03-01","contract_to":"2027-02-28","income":250000,"insured":true}`),
		}},
	}}
}

func TestFamily(t *testing.T) {
	w := newWorld(t)
	f := family(w)
	for _, c := range []struct {
		day, person, household string
	}{
		{"2026-02-10", `{"employed":false,"loss_on":"2025-12-01","older":true,"status":"9","unemployed":true}`,
			`{"dual_employed":false,"employed":0,"labour":2,"laid_off":2,"members":2,"unemployed":2,"zero_employment":true}`},
		{"2026-03-01", `{"employed":true,"older":false,"status":"1","unemployed":false}`,
			`{"dual_employed":false,"employed":1,"labour":2,"laid_off":1,"members":2,"unemployed":1,"zero_employment":false}`},
	} {
		rows := w.book.OfFamily(f, c.day)
		her := rowsOf(rows, facts.PersonFacts)[id("p2")]
		if got := show(t, her, "status", "employed", "unemployed", "older", "loss_on"); got != c.person {
			t.Errorf("%s: the person is %s, want %s", c.day, got, c.person)
		}
		home := one(t, rows, facts.HouseholdFacts)
		if got := show(t, home, "members", "labour", "employed", "unemployed", "laid_off", "zero_employment", "dual_employed"); got != c.household {
			t.Errorf("%s: the household is %s, want %s", c.day, got, c.household)
		}
	}
}

// TestFormCountsLast: what an event says of a status goes before what a survey of an
// earlier day found, and a survey of a later day before the event.
func TestStatus(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ survey, want string }{{"2026-01-10", "1"}, {"2026-04-01", "9"}} {
		home := w.entry("household", string(id("h")), `{"head_name":"甲","survey_date":"`+c.survey+`"}`)
		p := w.entry("person", string(id("p")), `{"household":"`+string(id("h"))+`","name":"甲","status":"9"}`)
		placed := w.entry("placement", "", `{"person":"`+string(id("p"))+`","on":"2026-03-01"}`)
		rows := w.book.OfFamily(facts.Family{Household: &home, Members: []facts.Person{{Entry: p, Events: []facts.Entry{placed}}}}, "2026-05-01")
		if got := one(t, rows, facts.PersonFacts).Values["status"].Text(); got != c.want {
			t.Errorf("surveyed %s: status %s, want %s", c.survey, got, c.want)
		}
	}
}

func TestLedgers(t *testing.T) {
	w := newWorld(t)
	rows := w.book.OfFamily(family(w), "2026-03-10")
	lost := rowsOf(rows, facts.UnemployedLedger)
	if got, want := show(t, lost[id("u2")], "name", "loss_on", "ended_on", "went_to", "lasts", "low_income"),
		`{"ended_on":"2026-03-01","lasts":false,"loss_on":"2025-12-01","low_income":true,"name":"乙","went_to":"010"}`; got != want {
		t.Errorf("L1 has %s, want %s", got, want)
	}
	if len(lost) != 2 {
		t.Errorf("L1 has %d rows, want one for each time without work, 2", len(lost))
	}
	sought := one(t, rows, facts.SeekingLedger)
	if got, want := show(t, sought, "seek_no", "seek_on", "referral_no", "result", "answered_on", "placed_on", "employer_name", "stable"),
		`{"answered_on":"2026-02-05","employer_name":"二店","placed_on":"2026-03-01","referral_no":"R9","result":"2","seek_no":"Q7","seek_on":"2026-01-15","stable":true}`; got != want {
		t.Errorf("L3 has %s, want %s", got, want)
	}
	if sought.ID != id("r2") {
		t.Errorf("the row of L3 is named by %s, want its referral", sought.ID)
	}
}

func TestSixClear(t *testing.T) {
	w := newWorld(t)
	home := w.entry("household", string(id("h")), `{"head_name":"甲"}`)
	p := w.entry("person", string(id("p")), `{"household":"`+string(id("h"))+`","name":"甲","sex":"1","birth_date":"1980-01-01","labour_ability":"1","job_wish":"0",
		"no_wish_reason":"照顾老人","skill":"厨师","training_wish":"0","pension_state":"1","pension_on":"2025-06-01","medical_state":"1","medical_on":"2026-01-01"}`)
	f := facts.Family{Household: &home, Members: []facts.Person{{Entry: p, Events: []facts.Entry{
		w.entry("unemployment", "", `{"person":"`+string(id("p"))+`","on":"2026-01-01","reason":"20"}`),
		w.entry("insurance_state", "", `{"person":"`+string(id("p"))+`","on":"2026-01-01","insurance":"21","state":"1"}`),
		w.entry("service", "", `{"person":"`+string(id("p"))+`","on":"2026-02-01"}`),
	}}}}
	for _, c := range []struct{ day, want string }{
		{"2026-05-02", `{"six_clear":5,"six_missing":["C2"]}`},      // the 90th day after the service
		{"2026-05-03", `{"six_clear":4,"six_missing":["C2","C5"]}`}, // the 91st
		{"2026-06-01", `{"six_clear":4,"six_missing":["C2","C5"]}`}, // a year after the pension's state
		{"2026-06-02", `{"six_clear":3,"six_missing":["C2","C3","C5"]}`},
	} {
		row := one(t, w.book.OfFamily(f, c.day), facts.PersonFacts)
		if got := show(t, row, "six_clear", "six_missing"); got != c.want {
			t.Errorf("%s: %s, want %s", c.day, got, c.want)
		}
	}
}

// alone is a person of no household with events, each given as its kind and its fields.
func alone(w *world, fields string, events ...[2]string) facts.Family {
	p := facts.Person{Entry: w.entry("person", string(id("p")), `{"name":"甲","sex":"1","birth_date":"1970-01-01"`+fields+`}`)}
	for _, e := range events {
		p.Events = append(p.Events, w.entry(e[0], "", `{"person":"`+string(id("p"))+`",`+e[1]+`}`))
	}
	return facts.Family{Members: []facts.Person{p}}
}

// TestOneDay: who lost work, registered and was placed on one day has a whole row, and
// was placed again.
func TestOneDay(t *testing.T) {
	w := newWorld(t)
	rows := w.book.OfFamily(alone(w, "", [2]string{"placement", `"on":"2026-03-01","form":"010"`},
		[2]string{"unemployment", `"on":"2026-03-01","reason":"20","employer_name":"丁"`}, [2]string{"registration", `"on":"2026-03-01","certificate_no":"C11"`}), "2026-04-01")
	if got, want := show(t, one(t, rows, facts.UnemployedLedger), "loss_on", "ended_on", "reason", "employer_name", "certificate_no", "registered_on"),
		`{"certificate_no":"C11","employer_name":"丁","ended_on":"2026-03-01","loss_on":"2026-03-01","reason":"20","registered_on":"2026-03-01"}`; got != want {
		t.Errorf("L1 has %s, want %s", got, want)
	}
	one(t, rows, facts.ReemployedRegister)
	if n := len(rowsOf(rows, facts.NewlyRegister)); n > 0 {
		t.Errorf("%d rows say that it was for the first time", n)
	}
}

// TestLostTwice: each loss of work has a row of its own, and says nothing of the other.
func TestLostTwice(t *testing.T) {
	w := newWorld(t)
	f := alone(w, "", [2]string{"unemployment", `"on":"2026-01-15","reason":"20","employer_name":"甲公司"`}, [2]string{"unemployment", `"on":"2026-08-01","reason":"30","employer_name":"乙机关"`})
	rows := rowsOf(w.book.OfFamily(f, "2026-09-01"), facts.UnemployedLedger)
	for i, want := range []string{`{"employer_name":"甲公司","ended_on":"2026-08-01","lasts":false,"loss_on":"2026-01-15","reason":"20"}`,
		`{"employer_name":"乙机关","lasts":true,"loss_on":"2026-08-01","reason":"30"}`} {
		if got := show(t, rows[f.Members[0].Events[i].ID], "loss_on", "ended_on", "reason", "employer_name", "lasts"); got != want {
			t.Errorf("L1 has %s, want %s", got, want)
		}
	}
}

// TestHardship: a category is had from its recognition until the person leaves.
func TestHardship(t *testing.T) {
	w := newWorld(t)
	f := alone(w, "", [2]string{"hardship_step", `"on":"2026-01-01","step":"asked","category":["050"]`},
		[2]string{"hardship_step", `"on":"2026-02-01","step":"recognised","category":["050"]`}, [2]string{"hardship_step", `"on":"2026-03-01","step":"left"`})
	for day, want := range map[string]string{"2026-01-15": `{"step":"asked"}`, "2026-02-15": `{"hardship":["050"],"step":"recognised"}`, "2026-03-15": `{"step":"left"}`} {
		rows := w.book.OfFamily(f, day)
		if got := show(t, one(t, rows, facts.HardshipRegister), "hardship", "step"); got != want {
			t.Errorf("%s: the register has %s, want %s", day, got, want)
		}
	}
}

// TestFieldsAreDeclared: every value of every row is of a field that the schema
// declares for its kind, and one that the field takes.
func TestFieldsAreDeclared(t *testing.T) {
	w := newWorld(t)
	for _, row := range w.book.OfFamily(family(w), "2026-03-10").All {
		k, ok := w.schema.Kind(row.Kind)
		if !ok || k.Sort != schema.Derived {
			t.Errorf("rows are made of %s, which is no derived kind", row.Kind)
			continue
		}
		for name, value := range row.Values {
			f, declared := k.Field(name)
			if !declared || f.Name != name || !f.Accepts(value) {
				t.Errorf("%s.%s is not declared, or does not take its value", row.Kind, name)
			}
		}
	}
}

// TestSameDays: rows are the same on every day of the span that they name, and in no
// order of their events.
func TestSameDays(t *testing.T) {
	t.Run("plain", func(t *testing.T) { wantSameDays(t, newWorld(t)) })
	t.Run("with packs", func(t *testing.T) {
		w := newWorld(t)
		w.publish(packs(w)...)
		wantSameDays(t, w)
	})
}

func wantSameDays(t *testing.T, w *world) {
	t.Helper()
	f := family(w)
	random := rand.New(rand.NewPCG(1, 2))
	for day := "2025-10-20"; day < "2027-12-31"; day = calendar.AddDays(day, 1) {
		rows := w.book.OfFamily(f, day)
		if rows.From > day || rows.Until != "" && rows.Until < day {
			t.Fatalf("%s: the rows are for %s to %s", day, rows.From, rows.Until)
		}
		for _, other := range []string{rows.From, rows.Until} {
			if other == "" {
				continue
			}
			if again := w.book.OfFamily(f, other); !reflect.DeepEqual(again, rows) {
				t.Fatalf("%s: the rows are not those of %s", day, other)
			}
		}
		for i := range f.Members {
			events := f.Members[i].Events
			random.Shuffle(len(events), func(a, b int) { events[a], events[b] = events[b], events[a] })
		}
		if again := w.book.OfFamily(f, day); !reflect.DeepEqual(again, rows) {
			t.Fatalf("%s: another order of events makes other rows", day)
		}
	}
}
