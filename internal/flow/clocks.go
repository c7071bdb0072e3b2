package flow

import (
	"slices"

	"tongbu/internal/calendar"
)

// Terms are the terms that are in force on a day, and the working days.
type Terms struct {
	calendar.Holidays
	Named map[string]Term // published ones, by the names of clocks, and After of these
}

// After names the term that has to pass before a clock begins.
func After(clock string) string { return clock + " after" }

// Running is a clock of a case.
type Running struct {
	*Clock
	By    *Step    // the step that began it
	From  string   // the day it began, or was last renewed
	Due   string   // the last day in time
	Known bool     // false: working days were counted without the table of a year on the way
	Met   *Step    // the step that ended it, nil while none has
	Begun string   // the day it began
	Again []string // the days of the events that renewed it
}

// Runs reports whether nothing has ended the clock.
func (r *Running) Runs() bool { return r.Met == nil }

// Late reports whether the clock was ended after it was due.
func (r *Running) Late() bool { return r.Met != nil && r.Met.On > r.Due }

// Clocks are the clocks of a case in the order of its steps. renewed says the days of the
// events that renew a clock, in their order. A clock that no step has met stops with the
// case: those of an ended case that were not met are left out.
func (c *Case) Clocks(terms Terms, renewed func(clock string) []string) []Running {
	var clocks []Running
	for i := range c.Steps {
		state, _ := c.Flow.state(c.Steps[i].Name)
		for k := range state.Clocks {
			r := Running{Clock: &state.Clocks[k], By: &c.Steps[i]}
			r.From, r.Known = terms.Due(&Clock{Name: After(r.Name), Term: r.After}, c.Steps[i].On)
			r.Begun, r.Met = r.From, c.meets(r.Clock, i)
			if r.Each {
				r.renew(renewed(r.Name), c)
			}
			due, known := terms.Due(r.Clock, r.From)
			r.Due, r.Known = due, known && r.Known
			if r.Met != nil || !c.Ended {
				clocks = append(clocks, r)
			}
		}
	}
	return onlyLast(clocks)
}

// meets is the first step behind a place that ends a clock.
func (c *Case) meets(clock *Clock, behind int) *Step {
	for i := behind + 1; i < len(c.Steps); i++ {
		if slices.Contains(clock.Until, c.Steps[i].Name) {
			return &c.Steps[i]
		}
	}
	return nil
}

// renew moves the beginning of a clock to the last event that renews it.
func (r *Running) renew(days []string, c *Case) {
	for _, day := range days {
		if day >= r.By.On && (r.Met == nil || day <= r.Met.On) && (!c.Ended || day <= c.Last().On) {
			r.From, r.Again = max(r.From, day), append(r.Again, day)
		}
	}
}

// onlyLast keeps of clocks of one name that run the one that began last: a case that came
// to a state twice has that state's clock once.
func onlyLast(clocks []Running) (kept []Running) {
	for i, r := range clocks {
		again := func(o Running) bool { return o.Name == r.Name && o.Runs() }
		if !r.Runs() || !slices.ContainsFunc(clocks[i+1:], again) {
			kept = append(kept, r)
		}
	}
	return kept
}

// Due is the last day on which a clock that began on a day is kept. Days are counted from
// the day after; known is false where a year on the way has no table of holidays and its
// working days are taken to be Monday to Friday.
func (t Terms) Due(c *Clock, from string) (due string, known bool) {
	term, published := t.Named[c.Name]
	if !published {
		term = c.Term
	}
	return t.Add(from, term)
}

// Add is the last day of a term that began on a day, which of no time is the day itself.
func (t Terms) Add(from string, term Term) (due string, known bool) {
	switch {
	case term.Working > 0:
		return t.AddWorking(from, term.Working)
	case term.Months > 0:
		return calendar.AddMonths(from, term.Months), true
	case term.Days > 0:
		return calendar.AddDays(from, term.Days), true
	}
	return from, true
}
