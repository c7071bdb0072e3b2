package flow

import "slices"

// mostOfDay bounds the steps of a day whose order is searched for: of more the first in the
// order of the procedure.
const mostOfDay = 12

// ofDay are the steps of one day that answer none, in the order of the procedure. Nobody
// entered in which order they were taken, and their ids tell nothing of it.
type ofDay struct {
	flow  *Flow
	left  []Step
	at    []int // places in left
	known map[reached]int
}

// reached is where an order has come to: the last step, a place in at, and which are used.
type reached struct {
	last int
	used uint
}

// inTurn is the place of the step that is next of those of a day: the first of an order in
// which as many of them as can follow each other. Where several orders have as many, it is
// the one that comes first in the procedure. first is one that may follow.
func (c *Case) inTurn(left []Step, first int) int {
	d := ofDay{flow: c.Flow, left: left, known: map[reached]int{}}
	for i, s := range left {
		if state, known := c.Flow.state(s.Name); s.Answers == "" && s.On == left[first].On && known && len(state.From) > 0 && state.may(s.Level) {
			d.at = append(d.at, i)
		}
	}
	if len(d.at) < 2 {
		return first
	}
	slices.SortStableFunc(d.at, func(a, b int) int { return d.rank(a) - d.rank(b) })
	d.at = d.at[:min(len(d.at), mostOfDay)]
	best, most := first, 0
	for i, at := range d.at {
		if d.follows(at, c.Last().Name) {
			if n := 1 + d.longest(reached{i, 1 << i}); n > most {
				best, most = at, n
			}
		}
	}
	return best
}

// rank is where the state of a step stands in the procedure.
func (d *ofDay) rank(at int) int {
	return slices.IndexFunc(d.flow.States, func(s State) bool { return s.Name == d.left[at].Name })
}

// follows reports whether a step may follow a state.
func (d *ofDay) follows(at int, state string) bool {
	return slices.Contains(d.flow.States[d.rank(at)].From, state)
}

// longest is how many steps can follow one behind the other.
func (d *ofDay) longest(from reached) int {
	if n, known := d.known[from]; known {
		return n
	}
	most := 0
	for i, at := range d.at {
		if from.used&(1<<i) == 0 && d.follows(at, d.left[d.at[from.last]].Name) {
			most = max(most, 1+d.longest(reached{i, from.used | 1<<i}))
		}
	}
	d.known[from] = most
	return most
}
