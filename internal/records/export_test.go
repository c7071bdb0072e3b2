package records

import (
	"tongbu/internal/index"
	"tongbu/internal/journal"
)

// Listed returns what an index holds: keys and ids.
func (s *Records) Listed(tx *journal.Tx, kind, field string) (lines []string, err error) {
	m, _, err := s.indexMark(tx)
	if err != nil {
		return nil, err
	}
	tree, err := s.current(tx, m, kind, field, index.All())
	if err != nil {
		return nil, err
	}
	err = tree.Ascend(index.All(), "", func(key, id []byte) error {
		lines = append(lines, string(key)+" "+string(id))
		return nil
	})
	return lines, err
}

// Fold brings all that waits into the indexes.
func (s *Records) Fold(tx *journal.Tx) error {
	if err := s.settle(tx); err != nil {
		return err
	}
	return s.fold(tx, nil)
}
