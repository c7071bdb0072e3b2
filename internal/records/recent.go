package records

import (
	"cmp"
	"maps"
	"slices"

	"tongbu/internal/fault"
	"tongbu/internal/index"
	"tongbu/internal/journal"
)

// recent are the lines that the indexes do not have yet.
func recent(tx *journal.Tx) index.Recent { return index.NewRecent(tx.Table(recentTable)) }

// indexName names the index of a field by its place among those of the kind.
type indexName struct {
	kind  string
	field byte
}

func (n indexName) compare(o indexName) int {
	return cmp.Or(cmp.Compare(n.kind, o.kind), cmp.Compare(n.field, o.field))
}

// indexLines are lines of several indexes.
type indexLines map[indexName][]index.Line

func (l indexLines) add(kind string, field byte, line index.Line) {
	name := indexName{kind, field}
	l[name] = append(l[name], line)
}

// apply brings lines into the indexes. Of hundreds many meet in one block,
// which is why they are gathered first.
func (s *Store) apply(tx *journal.Tx, m indexMark, all indexLines) error {
	for _, name := range slices.SortedFunc(maps.Keys(all), indexName.compare) {
		fields := s.indexes[name.kind]
		if int(name.field) >= len(fields) {
			return fault.New(fault.Damaged, "a recent line is of an index that is not there")
		}
		if err := m.tree(tx, name.kind, fields[name.field]).Apply(all[name]); err != nil {
			return err
		}
	}
	return nil
}

// fold brings all recent lines into the indexes.
func (s *Store) fold(tx *journal.Tx, m indexMark) error {
	all := indexLines{}
	err := recent(tx).Each(func(kind []byte, l index.FieldLine) { all.add(string(kind), l.Field, l.Line) })
	if err == nil {
		err = s.apply(tx, m, all)
	}
	if err != nil {
		return err
	}
	return recent(tx).Clear()
}

// current is the index of a field with its recent lines.
func (s *Store) current(tx *journal.Tx, m indexMark, kind, field string) (*index.Tree, error) {
	number := slices.Index(s.indexes[kind], field)
	var lines []index.Line
	err := recent(tx).Each(func(of []byte, l index.FieldLine) {
		if int(l.Field) == number && string(of) == kind {
			lines = append(lines, l.Line)
		}
	})
	return m.tree(tx, kind, field).With(lines), err
}
