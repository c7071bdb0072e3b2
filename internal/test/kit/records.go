package kit

import (
	"fmt"

	"tongbu/internal/change"
)

// Person is a change that names a person of the first community.
func Person(id change.RecordID, name string) *change.Change {
	return &change.Change{Kind: "person", Record: id, Fields: map[string]change.Value{"name": change.Text(name), "unit": change.Text(string(First.ID))}, At: 1}
}

// People are so many persons of one name, numbered from n on.
func People(n, count int) []*change.Change {
	all := make([]*change.Change, count)
	for i := range all {
		all[i] = Person(change.RecordID(fmt.Sprintf("p-%05d", n+i)), "甲")
	}
	return all
}
