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

func (s *Store) listing(r *merge.Record) listing {
	fields := s.indexes[r.Kind()]
	values := make(listing, len(fields))
	for i, name := range fields {
		values[i] = r.Value(name)
	}
	return values
}

// list moves a record in the indexes from what it was listed under.
func (s *Store) list(tx *journal.Tx, kind string, id change.RecordID, was, is listing) error {
	m, ok, err := s.followed(tx)
	if err != nil || !ok || slices.Equal(was, is) {
		return err
	}
	for i, field := range s.indexes[kind] {
		gone, come := difference(was.keys(i), is.keys(i))
		if len(gone) == 0 && len(come) == 0 {
			continue
		}
		tree := m.tree(tx, kind, field)
		for _, key := range gone {
			if err := tree.Remove(key, id); err != nil {
				return err
			}
		}
		for _, key := range come {
			if err := tree.Add(key, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// followed is indexMark for a state that changes. Indexes of another shape are
// not kept and no longer right: no shape is theirs from then on.
func (s *Store) followed(tx *journal.Tx) (m indexMark, ok bool, err error) {
	if s.shape == "" {
		return m, false, nil
	}
	m, found, err := readMark(tx)
	if err != nil || !found || m.shape == s.shape || m.shape == "" {
		return m, found && m.shape == s.shape, err
	}
	return m, false, indexMark{build: m.build}.write(tx)
}

func (l listing) keys(field int) [][]byte {
	if l == nil {
		return nil
	}
	return index.Keys(l[field])
}

// difference lists what only one of the two has.
func difference(was, is [][]byte) (gone, come [][]byte) {
	without := func(all, others [][]byte) (rest [][]byte) {
		for _, key := range all {
			if !slices.ContainsFunc(others, func(o []byte) bool { return bytes.Equal(o, key) }) {
				rest = append(rest, key)
			}
		}
		return rest
	}
	return without(was, is), without(is, was)
}

// clearIndex empties the indexes; what is built of them stays built, of no
// records.
func (s *Store) clearIndex(tx *journal.Tx) error {
	table := tx.Table(indexTable)
	return table.Ascend(nil, nil, func(key, _ []byte) error {
		if bytes.Equal(key, markKey) {
			return nil
		}
		return table.Delete(key)
	})
}
