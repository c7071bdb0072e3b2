package work

import (
	"cmp"
	"strconv"
	"time"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/flow"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// teller says the steps and clocks of a case from what a card has of them.
type teller struct {
	v         *visit.Visit
	told      map[change.RecordID]desk.Told
	name      func(unit, login string) string
	confirmed time.Time // of the city's last receipt, zero: none has come
}

func newTeller(v *visit.Visit, c *desk.Card) (*teller, error) {
	name, err := v.Names()
	t := &teller{v: v, told: map[change.RecordID]desk.Told{}, name: name, confirmed: v.Site.Line().Confirmed}
	for _, one := range c.Said {
		t.told[one.ID] = one
	}
	return t, err
}

func (t *teller) confirmedOn() string {
	return t.confirmed.In(t.v.Now().Location()).Format(time.DateOnly)
}

// station is a state on the way of a case.
type station struct {
	Word, Day, Who, Class string
	Now                   bool
}

// mostStations is how many states that were passed a page shows.
const mostStations = 7

// way are the states of a case in a row: those it has passed, where it stands, and those
// that usually come yet.
func (t *teller) way(m *facts.Matter) (all []station, earlier int) {
	from := max(0, len(m.Steps)-mostStations)
	for i := from; i < len(m.Steps); i++ {
		s := &m.Steps[i]
		one := station{Word: stateText(t.v, m.Flow, s.Name), Day: s.On, Who: t.who(s), Class: "ok"}
		if i == len(m.Steps)-1 && !m.Ended {
			one.Class, one.Now = "now", true
		}
		all = append(all, one)
	}
	for _, name := range m.Ahead() {
		all = append(all, station{Word: stateText(t.v, m.Flow, name)})
	}
	return all, from
}

// who took a step: whom its form names, else who entered it, at the station; of another
// tier the tier.
func (t *teller) who(s *flow.Step) string {
	told, has := t.told[facts.EventOf(s.ID)]
	name := ""
	if has {
		name = cmp.Or(say(t.v, told.Kind.Name, told.Shown, "handled_by"), t.name(told.By, told.Actor))
	}
	if level := cmp.Or(s.Level, flow.Community); level != int(t.v.Site.Replica.Members.Unit().Level) {
		return joined(levelText(t.v, level), name)
	}
	return name
}

func joined(a, b string) string {
	if b == "" {
		return a
	}
	return a + " " + b
}

// step is one that was entered.
type step struct {
	Href, Word, Day, Who string
	Why                  string // it does not count
	Ref                  string
	Said                 pages.Word
}

func (t *teller) step(f *flow.Flow, s *flow.Step) step {
	one := step{Word: stateText(t.v, f, s.Name), Day: s.On, Who: t.who(s)}
	if told, has := t.told[facts.EventOf(s.ID)]; has {
		one.Href, one.Ref = visit.RecordPath(told.Kind.Name, string(told.ID)), told.Kind.Name+"/"+string(told.ID)
		one.Said = pages.WordOf(t.v.Lang, told.State, t.v.Site.Parent())
	}
	return one
}

// tries are the contacts and visits since a case began that reached nobody: they renew no
// term, and are told so that nobody thinks they were not entered.
func (t *teller) tries(c *desk.Card, m *facts.Matter) (all []step) {
	kind, about := "", m.Person
	switch m.Flow.Name {
	case flow.Registration:
		kind = "contact"
	case flow.Family:
		kind = "visit"
	}
	for _, told := range c.Said {
		reached := isTrue(told.Shown, "reached") || textOf(told.Shown, "result") == metSomebody
		if told.Kind.Name != kind || told.Void || reached || told.Day < m.Steps[0].On || kind == "contact" && told.About != about {
			continue
		}
		all = append(all, step{Href: visit.RecordPath(kind, string(told.ID)), Word: t.v.Label(told.Kind.Label), Day: told.Day, Who: t.name(told.By, told.Actor)})
	}
	return all
}

// metSomebody is a result of a visit, of the list visit_result.
const metSomebody = "1"

// running is a clock: what it asks for, when that was due, and how it went by the event's
// own day and by the day on which the city had it.
type running struct {
	Word, Who, From, Due string
	Unsure               bool
	Met                  string      // the day of what ended it; "": it runs
	Left                 *pages.Left // while it runs
	Own, City            verdict     // once it is met
	here                 bool        // a unit of this level acts
}

// verdict is what is said of a term.
type verdict struct{ Class, Text string }

func (t *teller) running(r *flow.Running) running {
	one := running{Word: taskText(t.v, r.Name), From: r.From, Due: r.Due, Unsure: !r.Known, Who: levelText(t.v, r.Tier), here: r.Tier == int(t.v.Site.Replica.Members.Unit().Level)}
	if r.Runs() {
		one.Left = leftOf(t.v, r.Due)
		return one
	}
	one.Met = r.Met.On
	one.Own = t.judge(r.Met.On, r.Due)
	one.City = t.city(r)
	return one
}

// judge says of a day whether it was in time.
func (t *teller) judge(day, due string) verdict {
	if over := calendar.Number(day) - calendar.Number(due); over > 0 {
		return verdict{"red", t.v.Say("超 ", "") + grouped(over) + t.v.Say(" 天", " days over")}
	}
	return verdict{"green", t.v.Say("按期", "on time")}
}

func grouped(n int) string { return pages.Grouped(strconv.Itoa(n)) }

// city says what is known here of the day on which the city had what ended a clock. A
// station keeps of the city's receipts what they cover and the last one's day: what that
// receipt covers was there by then, and what is not covered may not be there yet.
func (t *teller) city(r *flow.Running) verdict {
	told, has := t.told[facts.EventOf(r.Met.ID)]
	switch {
	case !has:
		return verdict{}
	case told.State == desk.Recorded && !t.confirmed.IsZero() && t.confirmedOn() <= r.Due:
		return verdict{"green", t.v.Say("按期", "on time")}
	case told.State == desk.Recorded:
		return verdict{"", t.v.Say("市已登记，收到日期以市里为准", "recorded; the city has the day")}
	case t.v.Today() > r.Due:
		return verdict{"amber", t.v.Say("市还没登记，期限已过", "not recorded yet, and the day is over")}
	}
	return verdict{"", t.v.Say("等市登记", "waiting for the city")}
}

// day is one day of a clock's strip.
type day struct {
	Number int
	Class  string
	Today  bool
}

// longestStrip is how many days a strip shows at most.
const longestStrip = 20

// first is the clock that is due first of those of this unit's level, else of the others,
// with its days where they are few.
func (t *teller) first(all []running) (first *running, days []day) {
	for i := range all {
		r := &all[i]
		if r.Left == nil {
			continue
		}
		if first == nil || r.here && !first.here || r.here == first.here && r.Due < first.Due {
			first = r
		}
	}
	if first == nil {
		return nil, nil
	}
	begun, today := calendar.Number(first.From), calendar.Number(t.v.Today())
	n := calendar.Number(first.Due) - begun
	if n != longestStrip {
		return first, nil
	}
	for i := 1; i <= n; i++ {
		d := day{Number: i, Class: "r"}
		switch at := begun + i; {
		case at == today:
			d.Class, d.Today = "today", true
		case at < today:
			d.Class = "p"
		case i == n:
			d.Class = "end"
		}
		days = append(days, d)
	}
	return first, days
}

// notFoundInstead says of an id that is none what is said of one that nobody has.
func notFoundInstead(err error) error {
	switch fault.Of(err) {
	case fault.Invalid, fault.NotFound:
		return visit.NotFound()
	}
	return err
}
