package kit

import (
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/records"
	"tongbu/internal/tree"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// Person is a change that names a person of the first community.
func Person(id change.RecordID, name string) *change.Change {
	return &change.Change{Kind: "person", Record: id, Fields: change.FieldsOf(map[string]change.Value{"name": change.Text(name), "unit": change.Text(string(First.ID))}), At: 1}
}

// People are so many persons of one name, numbered from n on.
func People(n, count int) []*change.Change {
	all := make([]*change.Change, count)
	for i := range all {
		all[i] = Person(change.RecordID(fmt.Sprintf("p-%05d", n+i)), "甲")
	}
	return all
}

// MustWrite has a replica write a change of a record as its next, without the
// checks of a desk.
func MustWrite(tb testing.TB, s *replica.Replica, c *change.Change) {
	tb.Helper()
	err := s.Streams.Write(tb.Context(), func(w *streams.Writer) error {
		own, err := w.Own(s.Place.Unit)
		if err == nil {
			_, err = s.Records.Put(w.Tx, own, s.Place.Unit, records.Edit{Kind: c.Kind, ID: c.Record, Fields: c.Fields.Map(), Actor: c.Actor, At: c.At})
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// Name is the name of the record that a unit calls by a number of its own.
func Name(unit tree.Unit, kind, number string) change.RecordID {
	return change.NumberedRecordID(unit.ID, kind, number)
}
