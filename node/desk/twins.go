package desk

import (
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
)

// ruleTwice is that a citizen's ID number stands in two records of one unit.
const ruleTwice = "id_number_twice"

// twins finds records with one ID number: among those here, by the index, and among
// the items of one input.
type twins struct {
	*saver
	tx     *journal.Tx
	fields []string // ID numbers with an index
	ready  bool     // the indexes are made
	said   map[change.Value]change.RecordID
}

func newTwins(s *saver, tx *journal.Tx) (*twins, error) {
	t := &twins{saver: s, tx: tx, said: map[change.Value]change.RecordID{}}
	for _, f := range s.kind.Fields {
		if f.Type == schema.IDNumber && f.Index {
			t.fields = append(t.fields, f.Name)
		}
	}
	if t.fields == nil {
		return t, nil
	}
	var err error
	t.ready, err = s.at.Records.IndexReady(tx)
	return t, err
}

// check warns of another record that has an ID number of this one, and says which.
func (t *twins) check(e *entry, whole map[string]change.Value) error {
	if whole[merge.VoidField].Text() == "0" {
		return nil
	}
	for _, field := range t.fields {
		number := whole[field]
		if number.IsNull() {
			continue
		}
		other, err := t.find(field, number, e.name)
		if err != nil {
			return err
		}
		if other != "" {
			e.warn(field, fmt.Sprintf("%s (%s %s)", ruleTwice, t.kind.Name, other))
		}
	}
	return nil
}

// find returns another record of this unit that has the value, "" for none.
func (t *twins) find(field string, number change.Value, but change.RecordID) (change.RecordID, error) {
	key := change.Value(field+"\x00") + number
	if before, said := t.said[key]; said && before != but {
		return before, nil
	}
	t.said[key] = but
	if !t.ready {
		return "", nil
	}
	text := number.Text()
	page, err := t.at.Records.Page(t.tx, records.PageQuery{Kind: t.kind.Name, Limit: 1,
		Where: []filter.Term{{Field: field, Ranges: []filter.Range{{Low: text, High: text}}, One: true}},
		Match: func(r *merge.Record) bool {
			return r.ID() != but && !r.Void() && t.isHeld(r) && r.Value(field) == number
		}})
	if err != nil || len(page.Records) == 0 {
		return "", err
	}
	return page.Records[0].ID(), nil
}
