package flow

import "slices"

// Turn is one of the times within which a clock asks for something: the one it began with,
// and one from each event that renewed it.
type Turn struct {
	Due  string // the last day in time
	Done string // the day on which an event renewed the clock or a step ended it; "" while nothing has
	By   *Step  // that step, nil where it was an event
}

// Turns are the turns of a clock in their order.
func (r *Running) Turns(terms Terms) []Turn {
	var turns []Turn
	from := r.Begun
	for _, day := range slices.Sorted(slices.Values(r.Again)) {
		due, _ := terms.Due(r.Clock, from)
		turns, from = append(turns, Turn{Due: due, Done: day}), max(from, day)
	}
	due, _ := terms.Due(r.Clock, from)
	last := Turn{Due: due, By: r.Met}
	if r.Met != nil {
		last.Done = r.Met.On
	}
	return append(turns, last)
}
