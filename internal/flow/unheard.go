package flow

import "slices"

// takeUnheard moves the steps that are of the case and do not count to its own list, and
// returns the others: what answers one of its steps, and what was entered while it was
// open and names no step.
func (c *Case) takeUnheard(left []Step) (others []Step) {
	for {
		others = nil
		for _, s := range left {
			if c.of(s) {
				c.Unheard = append(c.Unheard, Unheard{Step: s, Why: c.verdict(s)})
			} else {
				others = append(others, s)
			}
		}
		if len(others) == len(left) {
			return others
		}
		left = others
	}
}

// of reports whether a step that does not count is one of the case.
func (c *Case) of(s Step) bool {
	if s.Answers == "" {
		return s.On >= c.Steps[0].On && (!c.Ended || s.On < c.Last().On)
	}
	is := func(o Step) bool { return o.ID == s.Answers }
	return slices.ContainsFunc(c.Steps, is) || slices.ContainsFunc(c.Unheard, func(u Unheard) bool { return is(u.Step) })
}

// verdict says why a step of the case does not count. One that would follow the last step
// is here only because another one that goes before it took its place and ended the case.
func (c *Case) verdict(s Step) string {
	why := c.why(s)
	if why == "" || why == OutOf && s.Answers == "" && c.followed(s) {
		return Crossed
	}
	return why
}

// followed reports whether a step that names none would have followed an earlier step of
// the case.
func (c *Case) followed(s Step) bool {
	state, known := c.Flow.state(s.Name)
	return known && slices.ContainsFunc(c.Steps[:len(c.Steps)-1], func(o Step) bool { return slices.Contains(state.From, o.Name) && o.On <= s.On })
}

// giveRest gives what is left, which answers steps that nobody has, to the last case.
func (f *Flow) giveRest(cases []Case, left []Step) []Case {
	if len(cases) == 0 {
		return nil
	}
	c := &cases[len(cases)-1]
	for _, s := range left {
		c.Unheard = append(c.Unheard, Unheard{Step: s, Why: Astray})
	}
	return cases
}
