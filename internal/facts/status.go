package facts

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
)

// turn is a status that a person has from a day on.
type turn struct {
	on     string
	status string
	by     *Entry // the event that gives it, or the person's record
}

// spell is a time without work: from the turn that began it to the one that ended it.
type spell struct {
	from, to turn // to.by is nil while it lasts
}

// turns are the statuses of a person in their order. The status of the record counts as
// found on the day of the survey, until events give it one: from then on the record is
// marked, and only repeats what is so. A mark without any such event, on whatever day, is
// nothing.
func (b *Book) turns(f *family, m *member) []turn {
	var turns []turn
	for _, e := range m.events {
		if status := e.kind.StatusOf(e.text); status != "" {
			turns = append(turns, turn{on: e.on, status: status, by: e.Entry})
		}
	}
	if status := m.text("status"); status != "" && (!m.yes(fromEvents) || !m.given) {
		if on := FoundOn(m.Entry, f.household); on == "" || f.reached(on) {
			found := turn{on: on, status: status, by: m.Entry}
			at, _ := slices.BinarySearchFunc(turns, found, b.compareTurns)
			turns = slices.Insert(turns, at, found)
		}
	}
	return turns
}

// haveGiven reports whether an event gives the person a status, on whatever day.
func (b *Book) haveGiven(events []Entry) bool {
	return slices.ContainsFunc(events, func(e Entry) bool { return b.kinds[e.Kind] != nil && b.kinds[e.Kind].GivesStatus() })
}

// statusFound is the kind of events that say which status a survey has found.
const statusFound = "status_found"

// fromEvents is the mark of a record that repeats what events say.
const fromEvents = "status_from_events"

func (b *Book) compareTurns(a, other turn) int {
	return cmp.Or(strings.Compare(a.on, other.on), b.rankOf(a.by.Kind)-b.rankOf(other.by.Kind), a.later()-other.later(), compareIDs(a.by.ID, other.by.ID))
}

// later is 1 for what was found after the record's own status: events of the same rank
// and day.
func (t turn) later() int {
	if t.by.Kind == "person" {
		return 0
	}
	return 1
}

// rankOf is the rank of what gave a status: of a person's record that of what was found.
func (b *Book) rankOf(kind string) int {
	k := b.kinds[kind]
	if k == nil || k.Rank == 0 {
		k = b.kinds[statusFound]
	}
	if k == nil {
		return 0
	}
	return k.Rank
}

// FoundOn is the day on which the status in a person's record was found: of somebody
// without work the day when it was lost, where the form says it, else the day of the
// household's survey or of the recording; "" where none is known. The household may be
// nil.
func FoundOn(person, household *Entry) string {
	survey := household.date("survey_date")
	lost := person.date("lost_on")
	if lost != "" && (survey == "" || lost <= survey) && slices.Contains(joblessStatus, person.text("status")) {
		return lost
	}
	return cmp.Or(survey, person.date("recorded_on"))
}

// spellsOf are the times without work. One begins with a status without work and ends
// with any other.
func spellsOf(turns []turn) []spell {
	var spells []spell
	open := false
	for _, t := range turns {
		without := slices.Contains(joblessStatus, t.status)
		switch {
		case without && !open:
			spells = append(spells, spell{from: t})
		case without && t.by.Kind == lossKind && spells[len(spells)-1].from.on == t.on && spells[len(spells)-1].from.by.Kind != lossKind:
			spells[len(spells)-1].from = t // the event says more than what was found
		case without && t.by.Kind == lossKind: // who loses work again had some
			spells[len(spells)-1].to = t
			spells = append(spells, spell{from: t})
		case !without && open:
			spells[len(spells)-1].to = t
		}
		open = without
	}
	return spells
}

// lossKind is the kind of events by which somebody lost work.
const lossKind = "unemployment"

func compareIDs(a, b change.RecordID) int { return strings.Compare(string(a), string(b)) }

// lasts reports whether the spell has not ended.
func (s *spell) lasts() bool { return s != nil && s.to.by == nil }

// during is the last event of some kinds within the spell, in the order of events:
// what began and ended on one day has what stands between the two.
func (b *Book) during(m *member, s *spell, kinds ...string) *event {
	return last(m.events, func(e event) bool {
		at := turn{on: e.on, by: e.Entry}
		return slices.Contains(kinds, e.Kind) && !failed(&e) && b.compareTurns(at, s.from) >= 0 && (s.lasts() || b.compareTurns(at, s.to) < 0)
	})
}
