package flow

import (
	"cmp"
	"slices"
)

// Step is one step that somebody has entered.
type Step struct {
	ID      string
	Name    string
	On      string // the day it was taken
	Level   int    // of the unit that took it; 0 counts as the lowest
	Answers string // id of the step that it answers; "" for the one before it
}

// Why a step does not count.
const (
	Crossed  = "crossed"   // another step has answered the same one
	Again    = "again"     // it begins a case while one is open
	OutOf    = "out_of"    // it does not follow the state that it answers
	NotTheir = "not_their" // a unit of that level may not take it
	Astray   = "astray"    // it answers a step that does not count, or nobody has
)

// Unheard is a step that does not count, and why.
type Unheard struct {
	Step
	Why string
}

// Case is a procedure of one subject, from the step that began it.
type Case struct {
	Flow    *Flow
	Steps   []Step    // that count, in turn
	Unheard []Unheard // that do not
	Ended   bool
}

// Last is the step by which the case stands as it does.
func (c *Case) Last() *Step { return &c.Steps[len(c.Steps)-1] }

// State is how the case stands.
func (c *Case) State() *State {
	s, _ := c.Flow.state(c.Last().Name)
	return s
}

// Cases judges the steps of one subject, which stand in the order of events (by day, rank
// of the kind, id). Of several answers to one step that of the highest tier counts, then
// the first in that order: so a decision is never undone by a later entry of the same
// tier, and whatever arrives in whatever order ends in one state. Of one day those that
// answer none are taken in an order in which most of them can follow each other. Steps before the first
// that begins a case belong to none.
func (f *Flow) Cases(steps []Step) []Case {
	var cases []Case
	left := slices.Clone(steps)
	for {
		at := slices.IndexFunc(left, func(s Step) bool { return f.begins(s) })
		if at < 0 {
			return f.giveRest(cases, left)
		}
		c := Case{Flow: f, Steps: []Step{left[at]}}
		left = slices.Delete(left, at, at+1)
		for next := c.next(left); next >= 0; next = c.next(left) {
			c.Steps = append(c.Steps, left[next])
			left = slices.Delete(left, next, next+1)
		}
		c.Ended = c.State().Ends
		left = c.takeUnheard(left)
		cases = append(cases, c)
	}
}

// begins reports whether a step begins a case.
func (f *Flow) begins(s Step) bool {
	state, known := f.state(s.Name)
	return known && len(state.From) == 0 && s.Answers == "" && state.may(s.Level)
}

func (s *State) may(level int) bool {
	return len(s.Tiers) == 0 || slices.Contains(s.Tiers, cmp.Or(level, Community))
}

// next is the place of the step that follows the last one of a case, -1 for none.
func (c *Case) next(left []Step) int {
	best := -1
	for i, s := range left {
		if c.why(s) != "" || s.Answers == "" && c.before(s) {
			continue
		}
		if best < 0 || goesBefore(s, left[best]) {
			best = i
		}
	}
	if best >= 0 && left[best].Answers == "" {
		return c.inTurn(left, best)
	}
	return best
}

// before reports whether a step without an answer was taken before the last one of the
// case: it answers an earlier one.
func (c *Case) before(s Step) bool { return s.On < c.Last().On }

// goesBefore reports whether of two answers to one step a later one counts: what names the
// step it answers goes before what does not, and then that of the higher tier. What names
// none comes in its turn.
func goesBefore(a, b Step) bool {
	if named := a.Answers != ""; named != (b.Answers != "") {
		return named
	}
	return a.Answers != "" && cmp.Or(a.Level, Community) < cmp.Or(b.Level, Community)
}

// why says why a step does not follow the last one; "" where it does.
func (c *Case) why(s Step) string {
	state, known := c.Flow.state(s.Name)
	switch last := c.Last(); {
	case s.Answers != "" && s.Answers != last.ID:
		return c.astray(s)
	case known && len(state.From) == 0:
		return Again
	case !known || !slices.Contains(state.From, last.Name):
		return OutOf
	case !state.may(s.Level):
		return NotTheir
	}
	return ""
}

// astray says of an answer to another step than the last whether that one counts.
func (c *Case) astray(s Step) string {
	if slices.ContainsFunc(c.Steps, func(o Step) bool { return o.ID == s.Answers }) {
		return Crossed
	}
	return Astray
}
