package facts

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/flow"
)

// LayoffRegister lists the workers whom notices of employers name.
const LayoffRegister = "register_layoff"

// layoffKind is the kind of events by which a worker was named.
const layoffKind = "layoff_worker"

// layoff is a worker whom a notice names, with what came of it.
type layoff struct {
	*event
	of               *member
	told, seen, lost string // days; "" for none
	placed           bool   // at work elsewhere since
}

// layoffRows are the rows of all whom notices name, with their tasks: all members are
// judged.
func (b *Book) layoffRows(f *family) {
	named := f.layoffs()
	earners := f.earnersGo(named)
	for i := range named {
		l := &named[i]
		m := l.of
		f.add(LayoffRegister, l.ID, f.person(m).from(m.Entry, "phone").from(l.Entry, "notice", "employer_name", "last_job", "leaving_on", "agreed").
			with("couple", change.Bool(f.coupleGoes(l, named))).with("sole_earner", change.Bool(f.isSoleEarner(m, named))).with("all_earners", change.Bool(earners)).
			day("told_on", l.told).day("visited_on", l.seen).day("lost_on", l.lost).with("course", change.TextOrNull(l.course())))
		if l.told == "" && l.lost == "" && !l.placed {
			f.task(m, todo{task: "layoff_visit", level: flow.Community, since: l.on, due: l.due(), by: l.ID})
		}
	}
	if earners {
		f.layoffFamilyTask(named)
	}
}

// layoffs are the members whom notices name, in the order of their events.
func (f *family) layoffs() (all []layoff) {
	for _, m := range f.members {
		for i := range m.events {
			if e := &m.events[i]; e.Kind == layoffKind {
				all = append(all, f.courseOf(m, e))
			}
		}
	}
	slices.SortFunc(all, func(a, b layoff) int { return cmp.Or(strings.Compare(a.on, b.on), compareIDs(a.ID, b.ID)) })
	return all
}

// courseOf is what came of it that a notice names somebody: a visit that met the home, or
// a contact that reached the person, has told it. What was entered since that says another
// status settles it.
func (f *family) courseOf(m *member, e *event) layoff {
	l := layoff{event: e, of: m}
	for i := range f.events {
		if v := &f.events[i]; l.seen == "" && v.on >= e.on && v.Kind == "visit" && v.is("result", metSomebody) {
			l.seen = v.on
		}
	}
	l.told = l.seen
	for i := range m.events {
		o := &m.events[i]
		if o.on < e.on {
			continue
		}
		switch status := o.kind.StatusOf(o.text); {
		case reaches(o) && (l.told == "" || o.on < l.told):
			l.told = o.on
		case status == "" || o.Kind == statusFound:
		case slices.Contains(joblessStatus, status):
			l.lost, l.placed = cmp.Or(l.lost, o.on), false
		case slices.Contains(employedStatus, status):
			l.placed = true
		}
	}
	return l
}

// course is a code of the list layoff_course.
func (l *layoff) course() string {
	switch {
	case l.placed:
		return "5"
	case l.lost != "":
		return "4"
	case l.seen != "":
		return "3"
	case l.told != "":
		return "2"
	}
	return "1"
}

// goes reports whether the worker is at the work that is to end, or was until it ended: what
// a notice means for a home is asked of the home as it was before.
func (l *layoff) goes() bool { return !l.placed && (l.of.facts.employed || l.lost != "") }

// earns reports whether a member is at work, or was until a notice ended it.
func (f *family) earns(m *member, named []layoff) bool {
	return m.facts.employed || slices.ContainsFunc(named, func(l layoff) bool { return l.of == m && l.goes() })
}

// due is the day before the worker leaves: until then the home is told.
func (l *layoff) due() string {
	if leaving := l.date("leaving_on"); leaving != "" {
		return calendar.Before(leaving)
	}
	return ""
}

// year is that in which the worker leaves, else that of the notice.
func (l *layoff) year() string { return cmp.Or(l.date("leaving_on"), l.on)[:4] }

// coupleGoes reports whether a worker's spouse is named too, by this notice or another of
// the same year.
func (f *family) coupleGoes(l *layoff, named []layoff) bool {
	spouse := f.spouseOf(l.of)
	return spouse != nil && slices.ContainsFunc(named, func(o layoff) bool { return o.of == spouse && o.year() == l.year() })
}

// couples are relations to the head of two who are married: of those further below where
// one member alone has each of the two, since a form does not say whose wife somebody is.
var couples = [][2][]string{
	{{head, "01"}, {"10", "11", "12"}},
	{{"51"}, {"52"}}, {{"53"}, {"54"}}, {{"55"}, {"56"}},
	{{"20", "21", "22", "23", "24", "25", "26", "27", "29"}, {"38"}},
	{{"30", "31", "32", "33", "34", "35", "36", "37", "39"}, {"28"}},
}

// spouseOf is the member to whom another one is married; nil for none, and where the
// relations do not tell.
func (f *family) spouseOf(m *member) *member {
	for _, c := range couples {
		one, other := f.related(c[0]), f.related(c[1])
		if len(one) == 1 && len(other) == 1 {
			switch m {
			case one[0]:
				return other[0]
			case other[0]:
				return one[0]
			}
		}
	}
	return nil
}

func (f *family) related(codes []string) (all []*member) {
	if f.household == nil {
		return nil
	}
	for _, m := range f.members {
		if m.is("relation", codes...) {
			all = append(all, m)
		}
	}
	return all
}

// isSoleEarner reports whether nobody else of the home is at work, and somebody else
// lives of it: of working age, or not yet, or above it without a pension.
func (f *family) isSoleEarner(m *member, named []layoff) bool {
	others := false
	for _, o := range f.members {
		if o == m {
			continue
		}
		if f.earns(o, named) {
			return false
		}
		others = others || o.facts.working || !o.retired()
	}
	return others && f.earns(m, named) && f.household != nil
}

// earnersGo reports whether somebody of the home is at work, and all who are have been
// named.
func (f *family) earnersGo(named []layoff) bool {
	earners := 0
	for _, m := range f.members {
		if !f.earns(m, named) {
			continue
		}
		if earners++; !slices.ContainsFunc(named, func(l layoff) bool { return l.of == m && l.goes() }) {
			return false
		}
	}
	return earners > 0 && f.household != nil
}

// layoffFamilyTask: of a home all of whose earners are to go it is checked whether a case
// has to be opened, until a visit has met it since the last of them was named, or one is
// open.
func (f *family) layoffFamilyTask(named []layoff) {
	m := f.head()
	if m == nil || slices.ContainsFunc(f.zeroCases(), func(c *matter) bool { return !c.Ended }) {
		return
	}
	var last *layoff
	due := ""
	for i := range named {
		l := &named[i]
		if l.goes() {
			last = l
			if day := l.due(); due == "" || day != "" && day < due {
				due = day
			}
		}
	}
	if last != nil && last.seen == "" {
		f.task(m, todo{task: "layoff_family", level: flow.Community, since: last.on, due: due, by: f.household.ID})
	}
}
