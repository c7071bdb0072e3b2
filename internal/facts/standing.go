package facts

import "slices"

// Standing is the status of a person on a day, and the day since which it is so; "" for
// none.
func (b *Book) Standing(person Person, household *Entry, day string) (status, since string) {
	f := b.family(day)
	f.household = household
	m := &member{Entry: &person.Entry, given: b.haveGiven(person.Events)}
	m.events = b.inOrder(person.Events, f.span)
	if turns := b.turns(f, m); len(turns) > 0 {
		last := turns[len(turns)-1]
		return last.status, last.on
	}
	return "", ""
}

// IsJobless reports whether somebody with the status is without work.
func IsJobless(status string) bool { return slices.Contains(joblessStatus, status) }
