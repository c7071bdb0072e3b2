package flow

import "slices"

// Next are the states that a unit of a level may bring a case to now, in the order of the
// flow; none where it has ended.
func (c *Case) Next(level int) (all []*State) {
	if c.Ended {
		return nil
	}
	for i := range c.Flow.States {
		if s := &c.Flow.States[i]; slices.Contains(s.From, c.Last().Name) && s.may(level) {
			all = append(all, s)
		}
	}
	return all
}

// Ahead are the states that usually come yet, by their names.
func (c *Case) Ahead() (names []string) {
	at := c.Last().Name
	for !c.Ended {
		i := slices.IndexFunc(c.Flow.States, func(s State) bool { return slices.Contains(s.From, at) && !s.Aside })
		if i < 0 || c.Flow.States[i].Name == at || slices.Contains(names, c.Flow.States[i].Name) {
			break
		}
		at = c.Flow.States[i].Name
		names = append(names, at)
	}
	return names
}
