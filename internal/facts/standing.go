package facts

import "slices"

// Standing is the status of a person on a day, and the day since which it is so; "" for
// none.
func (b *Book) Standing(person Person, household *Entry, day string) (status, since string) {
	f := &family{span: &span{day: day}, book: b, household: household}
	m := &member{Entry: &person.Entry, settled: b.isSettled(person.Events)}
	m.events = b.inOrder(person.Events, f.span)
	if turns := b.turns(f, m); len(turns) > 0 {
		last := turns[len(turns)-1]
		return last.status, last.on
	}
	return "", ""
}

// IsSettled reports whether an event says what was found of a person first. Until then
// the person's record says it.
func (b *Book) IsSettled(person Person) bool { return b.isSettled(person.Events) }

// IsJobless reports whether somebody with the status is without work.
func IsJobless(status string) bool { return slices.Contains(joblessStatus, status) }
