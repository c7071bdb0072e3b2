package work

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// Line is a task as a page says it.
type Line struct {
	Task, Name, Apart string
	Href              string // of whom it is about
	Family            bool   // it is about the household
	Since, Due        string
	Left              *pages.Left // nil: it is due on no day
	Who               string      // at the station; "": nobody had to do with it yet
	Waits             string      // which unit above acts; "": this one
	Why               string      // procedure and state
	Do, Word          string      // the way to its form, and what is done there; "": there is none for who looks
	Unsure            bool        // counted without a table of holidays
}

// lineOf says a task; beside has whom it is about and where that is.
func lineOf(v *visit.Visit, row *desk.Shown, beside map[change.RecordID]*desk.Shown) Line {
	person, home := change.RecordID(textOf(row, "person")), change.RecordID(textOf(row, "household"))
	l := Line{Task: say(v, facts.TaskKind, row, "task"), Name: say(v, facts.TaskKind, row, "name"), Family: isOfFamily(row) && home != "", Since: textOf(row, "since"),
		Due: textOf(row, "due"), Left: leftOf(v, textOf(row, "due")), Who: say(v, facts.TaskKind, row, "who"), Unsure: isTrue(row, "unsure")}
	l.Href = visit.RecordPath(personKind, string(person))
	if l.Family {
		l.Href = visit.RecordPath(householdKind, string(home))
	}
	if person == "" {
		l.Href = ownRecord(row)
		l.Name = cmp.Or(l.Name, v.Say("本单位", "this unit"))
	}
	if asked := v.Site.Replica.Schema.Now().SayAsked(textOf(row, "asked"), string(v.Lang)); asked != "" {
		l.Task += v.Say("（", " (") + asked + v.Say("）", ")")
	}
	if l.Name == "" {
		l.Name = v.Say("（未填）", "(empty)")
	}
	l.Apart = apartOf(v, beside[person], beside[home], l.Family)
	if l.Why = say(v, facts.TaskKind, row, "case"); l.Why != "" {
		l.Why += v.Say("，", ", ") + say(v, facts.TaskKind, row, "state")
	}
	task := textOf(row, "task")
	_, known := ways[task]
	if level := textOf(row, "level"); level != levelHere(v) {
		n, _ := strconv.Atoi(level) // of the list, a digit
		l.Waits = levelText(v, n)
		return l
	}
	if k, is := v.Site.Replica.Schema.Kind(ways[task].kind); task == "crossed" || known && ways[task].kind == "" || is && v.Writes(k) && v.Who.Role.May(people.Write) {
		l.Do, l.Word = "/tasks/"+url.PathEscape(string(row.ID)), ways[task].word.In(v.Lang)
	}
	return l
}

// linesOf says tasks.
func linesOf(v *visit.Visit, e *desk.Excerpt) (all []Line) {
	for _, row := range e.Part {
		all = append(all, lineOf(v, row, e.Beside))
	}
	return all
}

// Brief is a case as the page of a person or a household says it.
type Brief struct {
	Href, What, State, Since string
	Name                     string // whom it is about, on a household's page
	Left                     *pages.Left
	Ended                    bool
}

// BriefsOf are the cases of whom a card is about, and what there is to do, the first due
// first.
func BriefsOf(v *visit.Visit, c *desk.Card) (briefs []Brief, lines []Line) {
	beside := map[change.RecordID]*desk.Shown{}
	for _, t := range c.Facts {
		if c.Kind == personKind && t.About != c.Subject.ID {
			continue
		}
		switch t.Kind.Name {
		case facts.CaseKind:
			b := Brief{Href: casePath(t.ID), What: caseText(v, t.Shown), State: say(v, facts.CaseKind, t.Shown, "state"), Since: textOf(t.Shown, "since"), Ended: isTrue(t.Shown, "ended")}
			if c.Kind == householdKind && !isOfFamily(t.Shown) {
				b.Name = say(v, facts.CaseKind, t.Shown, "name")
			}
			if !b.Ended {
				b.Left = leftOf(v, textOf(t.Shown, "due"))
			}
			briefs = append(briefs, b)
		case facts.TaskKind:
			lines = append(lines, lineOf(v, t.Shown, beside))
		}
	}
	slices.SortStableFunc(lines, byDue)
	return briefs, lines
}

func byDue(a, b Line) int {
	switch {
	case a.Due == b.Due:
		return 0
	case b.Due == "" || a.Due != "" && a.Due < b.Due:
		return -1
	}
	return 1
}
