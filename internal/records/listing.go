package records

import (
	"bytes"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/index"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
)

// listing is what a record is listed under: the values of the indexed fields
// of its kind, in their order; nil when it is not there. Fields without a
// value are listed too, so that each index has every record of the kind.
type listing []change.Value

func (s *Records) listing(r *merge.Record) listing { return s.indexed.Load().listing(r) }

func (x *indexing) listing(r *merge.Record) listing {
	fields := x.fields[r.Kind()]
	values := make(listing, len(fields))
	for i, name := range fields {
		values[i] = x.listedValue(r, name)
	}
	return values
}

// ValueOf is the value of a field of a record, as it is listed and shown. Whose
// a record is follows from its name, whatever its changes say.
func ValueOf(r *merge.Record, field string) change.Value {
	if field == unitField && r.Holder() != "" {
		return change.Text(string(r.Holder()))
	}
	return madeValue(r, field)
}

const unitField = "unit"

// madeValue is ValueOf where the record was given to nobody.
func madeValue(r *merge.Record, field string) change.Value {
	if maker, named := r.ID().Maker(); field == unitField && named && !change.Ruled(r.Kind()) {
		return change.Text(string(maker))
	}
	return r.Value(field)
}

// list moves a record in the indexes from what it was listed under. That is
// done at the end of the transaction, with all that it moves.
func (s *Records) list(tx *journal.Tx, kind string, id change.RecordID, was, is listing) error {
	ok, err := s.followed(tx)
	if err != nil || !ok || slices.Equal(was, is) {
		return err
	}
	if lines := was.to(is, len(s.indexed.Load().fields[kind])); len(lines) > 0 {
		s.moving(tx).add(index.Move{Kind: kind, ID: id, Lines: lines})
	}
	return nil
}

// to returns what differs between two listings.
func (l listing) to(is listing, fields int) (lines []index.FieldLine) {
	for i := range fields {
		if l != nil && is != nil && l[i] == is[i] {
			continue
		}
		was, now := l.keys(i), is.keys(i)
		lines = appendMissing(lines, byte(i), true, was, now)
		lines = appendMissing(lines, byte(i), false, now, was)
	}
	return lines
}

// appendMissing appends lines of the keys that the others do not have.
func appendMissing(lines []index.FieldLine, field byte, gone bool, keys, others [][]byte) []index.FieldLine {
	for _, key := range keys {
		if !slices.ContainsFunc(others, func(o []byte) bool { return bytes.Equal(o, key) }) {
			lines = append(lines, index.FieldLine{Field: field, Gone: gone, Key: key})
		}
	}
	return lines
}

// followed is indexMark for a state that changes. Indexes of another shape are
// not kept and no longer right: no shape is theirs from then on.
func (s *Records) followed(tx *journal.Tx) (bool, error) {
	shape := s.Shape()
	if shape == "" {
		return false, nil
	}
	m, found, err := readMark(tx)
	if err != nil || !found || m.shape == shape || m.shape == "" {
		return found && m.shape == shape, err
	}
	return false, indexMark{build: m.build}.write(tx)
}

func (l listing) keys(field int) [][]byte {
	if l == nil {
		return nil
	}
	return index.Keys(l[field])
}

// clearIndex empties the indexes; what is built of them stays built, of no
// records.
func (s *Records) clearIndex(tx *journal.Tx) error {
	if err := s.forgetRecent(tx); err != nil {
		return err
	}
	table := tx.Table(indexTable)
	return table.Ascend(nil, nil, func(key, _ []byte) error {
		if bytes.Equal(key, markKey) {
			return nil
		}
		return table.Delete(key)
	})
}
