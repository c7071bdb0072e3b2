package facts

import (
	"maps"
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
)

// standing is what is known of a person on a day.
type standing struct {
	status, since  string
	age            int
	aged           bool // the age is known
	working        bool // of working age
	employed       bool
	unemployed     bool // without work, able and willing
	willing        bool // able and willing, and neither at school nor retired
	older          bool // 4050
	urban          bool
	spell          *spell // the time without work that lasts, nil for none
	registered     *event // the registration that lasts
	insured        []string
	hardship       []string // categories in which the person is now
	hardshipInYear []string // on the day or earlier in its year
	clear          []string // of the six what is not clear; nil where nobody asks
	asked          bool     // whether the six are asked of the person
}

// judge says how a member stands.
func (b *Book) judge(f *family, m *member) {
	s := &m.facts
	turns := b.turns(f, m)
	if n := len(turns); n > 0 {
		s.status, s.since = turns[n-1].status, turns[n-1].on
	}
	m.spells = spellsOf(turns)
	if n := len(m.spells); n > 0 && m.spells[n-1].lasts() {
		s.spell = &m.spells[n-1]
	}
	b.judgeAge(f, m)
	s.employed = slices.Contains(employedStatus, s.status)
	ready := m.is("labour_ability", yes) && m.is("job_wish", yes)
	s.unemployed = ready && slices.Contains(joblessStatus, s.status)
	s.willing = ready && !slices.Contains(outsideStatus, s.status)
	s.older = s.unemployed && s.working && s.age >= olderFrom(m.text("sex"))
	s.urban = m.is("hukou", urbanHukou...)
	s.registered = b.registrationOf(m)
	s.insured = insuredBy(m)
	s.hardship, s.hardshipInYear = f.hardshipOf(m)
	s.asked = s.spell != nil && !slices.Contains(outsideStatus, s.status)
	if s.asked {
		s.clear = b.unclear(f, m)
	}
}

// judgeAge says the age and whether it is one at which people work (domain: working
// age is a table, by sex, retirement category and month of birth).
func (b *Book) judgeAge(f *family, m *member) {
	s, birth := &m.facts, m.date("birth_date")
	if s.age, s.aged = f.age(birth); !s.aged {
		return
	}
	of := f.reached(calendar.AddYears(birth, f.rules.WorkingFrom))
	over := f.reached(f.rules.Retires(m.text("sex"), m.text("retirement_category"), birth))
	s.working = of && !over
}

// olderFrom is the age from which somebody without work belongs to the group 4050.
func olderFrom(sex string) int {
	if sex == female {
		return 40
	}
	return 50
}

// registrationOf is the registration that no deregistration has ended.
func (b *Book) registrationOf(m *member) *event {
	e := last(m.events, of("registration", "deregistration"))
	if e == nil || e.Kind == "deregistration" {
		return nil
	}
	return e
}

// The kinds of events that are steps of a recognition, and of a family's case.
const (
	hardshipStep = "hardship_step"
	familyStep   = "family_step"
)

// hardshipOf are the categories of a person: those on the form, and those that were
// recognised since and not overruled, until the person left; and those of the day's
// year.
func (f *family) hardshipOf(m *member) (now, inYear []string) {
	held, year := map[string]bool{}, map[string]bool{}
	m.value("hardship").EachText(func(code string) { held[code] = true })
	for _, e := range m.events {
		switch {
		case e.Kind != hardshipStep || f.overruled[e.ID]:
		case e.is("step", "left"):
			if len(held) > 0 && f.thisYear(e.on) {
				maps.Copy(year, held)
			}
			clear(held)
		case e.is("step", "recognised", "reviewed"):
			e.value("category").EachText(func(code string) { held[code] = true })
		}
	}
	maps.Copy(year, held)
	return slices.Sorted(maps.Keys(held)), slices.Sorted(maps.Keys(year))
}

// personRow makes the person's facts.
func (b *Book) personRow(f *family, m *member) {
	s := &m.facts
	row := map[string]change.Value{
		"person": change.Text(string(m.ID)), "household": m.value("household"),
		"status": change.TextOrNull(s.status), "status_since": change.TextOrNull(s.since),
		"working_age": change.Bool(s.working), "employed": change.Bool(s.employed),
		"unemployed": change.Bool(s.unemployed), "willing": change.Bool(s.willing),
		"older": change.Bool(s.older), "urban": change.Bool(s.urban),
		"registered": change.Bool(s.registered != nil), "registered_on": change.TextOrNull(s.registered.day()),
		"hardship": set(s.hardship), "insured": set(s.insured),
		"low_income": f.household.value("low_income"), CountsField: b.personCounts(f, m),
	}
	if m.elsewhere {
		row["counts_elsewhere"], row[CountsField] = change.Bool(true), counts(nil)
	}
	if s.aged {
		row["age"] = change.Int(int64(s.age))
	}
	if s.spell != nil {
		row["loss_on"], row["jobless"] = change.TextOrNull(s.spell.from.on), change.TextOrNull(f.jobless(s.spell.from.on))
	}
	if s.asked {
		row["six_clear"], row["six_missing"] = change.Int(int64(6-len(s.clear))), set(s.clear)
	}
	f.add(PersonFacts, m.ID, row)
}

// jobless says for how long somebody has been without work, as a code of the list
// jobless_time: the alarms of the flow are at half a year and at a year.
func (f *family) jobless(since string) string {
	switch {
	case since == "":
		return ""
	case f.reached(calendar.AddYears(since, 2)):
		return "4"
	case f.reached(calendar.AddYears(since, 1)):
		return "3"
	case f.reached(calendar.AddMonths(since, 6)):
		return "2"
	}
	return "1"
}

// set is a set or nothing.
func set(items []string) change.Value {
	if len(items) == 0 {
		return change.Null
	}
	return change.Set(items)
}
