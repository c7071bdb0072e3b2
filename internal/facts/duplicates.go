package facts

import (
	"cmp"
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/flow"
)

// The kinds of duplicate cases: the city's word about a record that may be of a person whom
// another community has too, and what the community answers.
const (
	DuplicateCase   = "duplicate_case"
	DuplicateAnswer = "duplicate_answer"
)

// States of a duplicate case, of the list duplicate_state.
const (
	DuplicateOpen        = "1"
	DuplicateSame        = "2"
	DuplicateMoved       = "3"
	DuplicateDifferent   = "4"
	DuplicateWrongNumber = "5"
	DuplicateEnded       = "6"
)

// DuplicateAnswerID names the answer of a unit to a word of the city about a record of it:
// whichever device gives it, and however often, it is one record, so that the one entered last
// counts.
func DuplicateAnswerID(unit change.UnitID, word change.RecordID) change.RecordID {
	return change.NumberedRecordID(unit, DuplicateAnswer, string(word))
}

// Ties reports whether in a state the two records of a case are taken to be of one person.
func Ties(state string) bool {
	return slices.Contains([]string{DuplicateOpen, DuplicateSame, DuplicateMoved}, state)
}

// countsElsewhere reports whether a word of the city says that another record of the person
// is the one that counts. It acts from the position on where it is here, whatever the day:
// the person was one before the city found out.
func countsElsewhere(entries []Entry) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool {
		return e.Kind == DuplicateCase && Ties(e.text("state")) && e.has("counts") && !e.yes("counts")
	})
}

// allElsewhere reports whether nobody of a household that has members counts here: then the
// household has been entered twice, too.
func (f *family) allElsewhere() bool {
	return len(f.members) > 0 && !slices.ContainsFunc(f.members, func(m *member) bool { return !m.elsewhere })
}

// isElsewhere reports whether the household of a case, or whom it is about, counts elsewhere.
func (f *family) isElsewhere(c *matter) bool {
	if c.Flow.Name == flow.Family {
		return f.allElsewhere()
	}
	return c.about != nil && c.about.elsewhere
}

// decideWithin is how long the city has to decide after the communities had to answer, in
// days.
const decideWithin = 5

// duplicateTasks: each community answers an open case, and the city decides it; what was
// decided has one or both ask for a transfer, or one correct its number, until the city ends
// the case. The task of the city stands with both records.
func (f *family) duplicateTasks(m *member) {
	for i := range m.events {
		e := &m.events[i]
		if e.Kind != DuplicateCase {
			continue
		}
		due, decided := e.date("due_on"), cmp.Or(e.date("decided_on"), e.on)
		switch state := e.text("state"); {
		case state == DuplicateOpen:
			answer := func(o event) bool { return o.Kind == DuplicateAnswer && o.ID == DuplicateAnswerID(f.unit, e.ID) }
			if last(m.events, answer) == nil {
				f.task(m, todo{task: "duplicate_answer", level: flow.Community, since: e.on, due: due, by: e.ID})
			}
			f.task(m, todo{task: "duplicate_decide", level: flow.City, since: e.on, due: decideBy(due), by: e.ID})
		case state == DuplicateMoved:
			f.clock(m, "duplicate_move", decided, e.ID)
		case state == DuplicateWrongNumber && e.yes("to_correct"):
			f.clock(m, "duplicate_number", decided, e.ID)
		}
	}
}

func decideBy(answers string) string {
	if answers == "" {
		return ""
	}
	return calendar.AddDays(answers, decideWithin)
}
