// Package flow judges procedures: which steps of a case count, how it stands, which
// clocks run, and who has the next step. What procedures there are is data (Flows); the
// day, the working days and other terms than the usual ones are passed in, so every tier
// that has the same steps judges alike. DESIGN.md has the rules and where they come from.
package flow

import (
	"slices"
	"strings"
)

// Levels of the units that take steps.
const (
	City      = 2
	District  = 3
	Street    = 4
	Community = 5
)

// Flow is a procedure.
type Flow struct {
	Name   string  // a code of the list `flow`
	Kind   string  // of the events that are its steps; "" where several kinds are
	Prefix string  // of its states in the list case_state, where other flows have states of these names
	States []State // in the order in which they usually come
}

// State is how a case stands after a step, and bears the step's name.
type State struct {
	Name   string
	From   []string // states that the step follows; none: it begins a case
	Tiers  []int    // levels of the units that may take the step; none: all
	Ends   bool     // the case is over, and another may begin
	Aside  bool     // off the usual way: it sends the case back, interrupts it, or ends it early
	Clocks []Clock  // that begin with the step
}

// Clock is a time within which something has to follow. While it runs it is a task of
// whoever has to act.
type Clock struct {
	Name  string   // a code of the list `task_kind`
	Tier  int      // level of the unit that has to act
	After Term     // how long after the step it begins, as a public notice has to end first
	Term  Term     // the usual one; a published term of its name goes before it
	Until []string // steps that end it; none: only the end of the case does
	Each  bool     // it begins again with every event that renews it, and never ends by one
}

// Term is a time by which days are due.
type Term struct {
	Days    int // of the calendar, counted from the day after
	Working int // working days
	Months  int // to the same day of a later month, or its last
}

// Code is a state of the flow in the list `case_state`.
func (f *Flow) Code(state string) string { return f.Prefix + strings.ToLower(state) }

// state finds a state by its name.
func (f *Flow) state(name string) (*State, bool) {
	if i := slices.IndexFunc(f.States, func(s State) bool { return s.Name == name }); i >= 0 {
		return &f.States[i], true
	}
	return nil, false
}

// Behind are the states that a case reaches by way of a state alone, that one included.
func (f *Flow) Behind(name string) (names []string) {
	around := map[string]bool{}
	for {
		before := len(around)
		for _, s := range f.States {
			if s.Name != name && (len(s.From) == 0 || slices.ContainsFunc(s.From, func(from string) bool { return around[from] })) {
				around[s.Name] = true
			}
		}
		if len(around) == before {
			break
		}
	}
	for _, s := range f.States {
		if !around[s.Name] {
			names = append(names, s.Name)
		}
	}
	return names
}
