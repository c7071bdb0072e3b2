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
func (s *Records) apply(tx *journal.Tx, m indexMark, all indexLines) error {
	for _, name := range slices.SortedFunc(maps.Keys(all), indexName.compare) {
		fields := m.of.fields[name.kind]
		if int(name.field) >= len(fields) {
			return fault.New(fault.Damaged, "a recent line is of an index that is not there")
		}
		if err := m.tree(tx, name.kind, fields[name.field]).Apply(all[name]); err != nil {
			return err
		}
	}
	return nil
}

// moving is what a transaction moves in the indexes, until its end.
type moving struct {
	store *Records
	tx    *journal.Tx
	moves []index.Move
}

func (s *Records) moving(tx *journal.Tx) *moving {
	return tx.Late(s, func() journal.Late { return &moving{store: s, tx: tx} }).(*moving)
}

func (m *moving) add(move index.Move) { m.moves = append(m.moves, move) }

// Do implements journal.Late. A few moves are kept beside the indexes, to be
// applied with later ones.
func (m *moving) Do() error {
	if len(m.moves) == 0 {
		return nil
	}
	kept, err := recent(m.tx).Add(m.moves)
	if err == nil && !kept {
		err = m.store.fold(m.tx, m.moves)
	}
	m.moves = nil
	return err
}

// settle has the end of the transaction now: what follows reads the indexes.
func (s *Records) settle(tx *journal.Tx) error {
	if m, ok := tx.Late(s, nil).(*moving); ok {
		return m.Do()
	}
	return nil
}

// fold brings all recent lines into the indexes, and moves after them.
func (s *Records) fold(tx *journal.Tx, moves []index.Move) error {
	mark, ok, err := s.indexMark(tx)
	if err != nil || !ok {
		return err
	}
	all := indexLines{}
	err = recent(tx).Each(func(kind []byte, field byte, l index.Line) { all.add(string(kind), field, l) })
	if err != nil {
		return err
	}
	for _, m := range moves {
		id := []byte(m.ID)
		for _, l := range m.Lines {
			all.add(m.Kind, l.Field, index.Line{Key: l.Key, ID: id, Gone: l.Gone})
		}
	}
	if err := s.apply(tx, mark, all); err != nil {
		return err
	}
	return recent(tx).Clear()
}

// forgetRecent drops the lines that wait: their indexes are void.
func (s *Records) forgetRecent(tx *journal.Tx) error {
	if m, ok := tx.Late(s, nil).(*moving); ok {
		m.moves = nil
	}
	return recent(tx).Clear()
}

// current is the index of a field with its recent lines, for questions about
// some spans.
func (s *Records) current(tx *journal.Tx, m indexMark, kind, field string, spans ...index.Span) (*index.Tree, error) {
	if err := s.settle(tx); err != nil {
		return nil, err
	}
	number := slices.Index(m.of.fields[kind], field)
	var lines []index.Line
	err := recent(tx).Each(func(of []byte, f byte, l index.Line) {
		if int(f) == number && string(of) == kind && within(spans, l.Key) {
			lines = append(lines, l)
		}
	})
	return m.tree(tx, kind, field).With(lines), err
}
