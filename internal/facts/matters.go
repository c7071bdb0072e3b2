package facts

import (
	"tongbu/internal/change"
	"tongbu/internal/flow"
)

// Matter is a case with all its steps and clocks, for who wants to see more of it than its
// row says.
type Matter struct {
	flow.Case
	ID     change.RecordID // of the event that began it: the name of its row
	Person change.RecordID // whom it is about; of a household's the head
	Of     change.RecordID // the certificate or loan that it is of; "" for none
	Clocks []flow.Running
}

// Matters are the cases of a household and of its members as they stand on a day: those of
// which OfFamily makes the rows.
func (b *Book) Matters(given Family, day string) (all []Matter) {
	f := b.familyOn(given, day)
	for _, m := range f.members {
		for _, c := range m.cases {
			all = append(all, Matter{Case: c.Case, ID: c.by.ID, Person: m.ID, Of: c.of, Clocks: c.clocks})
		}
	}
	return all
}

// EventOf is the event that says a step, or the record: of a registration two steps are one
// event, and a certificate or a loan says some of its own.
func EventOf(step string) change.RecordID {
	of, _ := stepSaidBy(step)
	return of
}
