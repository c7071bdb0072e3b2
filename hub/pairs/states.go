package pairs

import (
	"cmp"
	"math"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/duplicates"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
)

// follows has the states that may follow each one, and nothing else writes a state: a case is
// decided while it is open, is open again when that is taken back or the records are found
// alike otherwise, and ends when they are alike no more.
var follows = map[string][]string{
	"":                         {facts.DuplicateOpen},
	facts.DuplicateOpen:        {facts.DuplicateSame, facts.DuplicateMoved, facts.DuplicateDifferent, facts.DuplicateWrongNumber, facts.DuplicateEnded},
	facts.DuplicateSame:        {facts.DuplicateOpen, facts.DuplicateEnded},
	facts.DuplicateMoved:       {facts.DuplicateOpen, facts.DuplicateEnded},
	facts.DuplicateDifferent:   {facts.DuplicateOpen},
	facts.DuplicateWrongNumber: {facts.DuplicateOpen, facts.DuplicateEnded},
	facts.DuplicateEnded:       {facts.DuplicateOpen},
}

// become gives the case a state that may follow; else it stays as it is.
func (c *Case) become(state string) bool {
	may := slices.Contains(follows[c.State], state)
	if may {
		c.State = state
	}
	return may
}

// errNotOpen says why a case is not decided now.
func errNotOpen(c *Case) error {
	if c.State == facts.DuplicateEnded {
		return fault.New(fault.Invalid, "the case has ended: the records are alike no more, or one is void").WithHint("it is opened again when they are found alike")
	}
	return fault.New(fault.Invalid, "the case was decided on %s already", c.Decided).WithHint("take that back first: tongbu duplicates undo")
}

// apart reports whether the two records of a case were decided to be of two persons.
func (c *Case) apart() bool {
	return c.State == facts.DuplicateDifferent || c.State == facts.DuplicateWrongNumber
}

// ties are the cases by which records are of one person, or were decided to be of two.
func (b book) ties() (ties []duplicates.Tie, apart []duplicates.Apart) {
	for _, c := range b {
		switch {
		case len(c.Sides) < 2:
		case c.apart():
			apart = append(apart, duplicates.Apart{A: c.Sides[0].Person, B: c.Sides[1].Person})
		case facts.Ties(c.State):
			t := duplicates.Tie{A: c.Sides[0].Person, B: c.Sides[1].Person, Decided: c.State != facts.DuplicateOpen}
			for _, s := range c.Sides {
				if s.Chosen {
					t.Chosen = s.Person
				}
			}
			ties = append(ties, t)
		}
	}
	return ties, apart
}

// count says of each record whether it counts, by all cases in force: see
// duplicates.Counting. All words about a record say the same, and figures read no other.
func (b book) count() {
	arrivals := map[change.RecordID]uint64{}
	for _, c := range b {
		for _, s := range c.Sides {
			arrivals[s.Person] = cmp.Or(s.Arrival, math.MaxUint64)
		}
	}
	ties, apart := b.ties()
	counts := duplicates.Counting(ties, apart, func(id change.RecordID) uint64 { return arrivals[id] })
	for _, c := range b {
		for i := range c.Sides {
			is, tied := counts[c.Sides[i].Person]
			c.Sides[i].Counts = is || !tied
		}
	}
}

// agree refuses a decision on a case that other decisions contradict: then what one case says
// of its records would be in no figure.
func (b book) agree(c *Case, state string) error {
	others := book{}
	for name, other := range b {
		if name != c.Name {
			others[name] = other
		}
	}
	ties, apart := others.ties()
	one, other, same := c.Sides[0].Person, c.Sides[1].Person, facts.Ties(state)
	with, is := duplicates.Contradicts(ties, apart, one, other, same)
	switch {
	case !is:
		return nil
	case same:
		return fault.New(fault.Invalid, "two of the records that this makes one person were decided to be of two persons").
			WithHint("take that back first: tongbu duplicates undo %s", duplicates.CaseOf(with.A, with.B))
	}
	return fault.New(fault.Invalid, "by the decisions of other cases the two records are of one person, by way of a third record").
		WithHint("take one of these back first; tongbu duplicates list shows the cases of both records")
}

// chosen are the cases in force of which a decision has chosen a record, and that counts.
func (b book) chosen() (all []*Case) {
	for _, c := range b {
		if facts.Ties(c.State) && slices.ContainsFunc(c.Sides, func(s Side) bool { return s.Chosen && s.Counts }) {
			all = append(all, c)
		}
	}
	return all
}

// keep refuses a decision by which a record that one has chosen would not count.
func (b book) keep(all []*Case) error {
	b.count()
	for _, c := range all {
		if slices.ContainsFunc(c.Sides, func(s Side) bool { return s.Chosen && !s.Counts }) {
			return fault.New(fault.Invalid, "one person's records count once, and decisions of two cases name two of them").
				WithHint("leave the choice to the other decision, or take that back first: tongbu duplicates list shows the cases of the records")
		}
	}
	return nil
}
