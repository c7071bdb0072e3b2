package work

import (
	"fmt"

	"tongbu/internal/calendar"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// soonDays is how many days ahead the page of the day looks.
const soonDays = 7

// fewLines is how many tasks the page of the day shows.
const fewLines = 10

// Due is what the page of the day says of what is to be done.
type Due struct {
	Lines               []Line
	Overdue, Soon, Rest int
	All                 int
	Later               bool // it is not made yet, or is too much to keep: the list says more
	Here                bool // this unit has people of its own; a hub has those of others, and its own pages
}

// DueToday are the first tasks, the overdue ones before those of the next days, with how
// many there are. Whom it shows is in the audit log.
func DueToday(v *visit.Visit) (d Due, err error) {
	if v.Site.Replica.Members.Unit().Level != tree.Community {
		return d, nil
	}
	d.Here = true
	due := 0
	for where, n := range map[string]*int{"": &d.All, overdue(v.Today()): &d.Overdue, until(v.Today(), soonDays): &due} {
		if *n, err = v.Site.Desk.Count(v.Ctx(), facts.TaskKind, where); err != nil {
			return later(d, err)
		}
	}
	d.Soon, d.Rest = due-d.Overdue, d.All-due
	if due == 0 {
		return d, nil
	}
	e, err := v.Site.Desk.Part(v.Ctx(), desk.Table{Kind: facts.TaskKind, Where: until(v.Today(), soonDays), Order: "due", Beside: true, Called: []string{}}, 0, fewLines, nil, v.Asker("tasks of the day"))
	if err != nil {
		return later(d, err)
	}
	d.Lines = linesOf(v, e)
	return d, nil
}

// later keeps the page of the day when the rows cannot be had at the moment.
func later(d Due, err error) (Due, error) {
	switch fault.Of(err) {
	case fault.Busy, fault.Exhausted, fault.Unavailable:
		return Due{Here: true, Later: true}, nil
	}
	return d, err
}

// More are those that are due and not shown.
func (d Due) More() int { return d.Overdue + d.Soon - len(d.Lines) }

func overdue(today string) string { return fmt.Sprintf("due < %s", today) }

func within(today string, days int) string {
	return fmt.Sprintf("due >= %s AND due <= %s", today, calendar.AddDays(today, days))
}

func until(today string, days int) string {
	return fmt.Sprintf("due <= %s", calendar.AddDays(today, days))
}
