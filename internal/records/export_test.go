package records

import (
	"tongbu/internal/index"
	"tongbu/internal/journal"
)

// Listed returns what an index holds: keys and ids.
func (s *Store) Listed(tx *journal.Tx, kind, field string) (lines []string, err error) {
	m, _, err := s.indexMark(tx)
	if err != nil {
		return nil, err
	}
	err = m.tree(tx, kind, field).Ascend(index.All(), "", func(key, id []byte) error {
		lines = append(lines, string(key)+" "+string(id))
		return nil
	})
	return lines, err
}
