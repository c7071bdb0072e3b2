package records

import (
	"cmp"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
)

// Past is one change in a record's history.
type Past struct {
	merge.Placed
	Seq      uint64
	Refused  bool
	Parallel bool // made without knowing of another change of the history
}

// History lists a record's changes in causal order, those made in parallel by
// the order that decides conflicts.
func (s *Store) History(tx *journal.Tx, kind string, id change.RecordID) ([]Past, error) {
	refused, err := s.refusals(tx, kind, id)
	if err != nil {
		return nil, err
	}
	var past []Past
	err = s.places(tx, placedTable, kind, id, func(in change.Stream, seq uint64) error {
		c, err := read(tx, in, seq)
		if err != nil {
			return err
		}
		past = append(past, Past{Placed: merge.Placed{Stream: in, Change: c}, Seq: seq, Refused: refused[c.Dot(in)]})
		return nil
	})
	slices.SortFunc(past, func(a, b Past) int {
		return cmp.Or(a.Change.Dot(a.Stream).Compare(b.Change.Dot(b.Stream)), cmp.Compare(a.Seq, b.Seq))
	})
	markParallel(past)
	return past, err
}

func markParallel(past []Past) {
	for i := range past {
		for j := range past[:i] {
			if merge.Parallel(past[i].Placed, past[j].Placed) {
				past[i].Parallel, past[j].Parallel = true, true
			}
		}
	}
}

// refuse notes that the city refused a change and takes its effect back.
func (s *Store) refuse(tx *journal.Tx, c *change.Change) error {
	kind, id, dot, err := RefusalOf(c)
	if err != nil || !s.keep(kind) {
		return nil //nolint:nilerr // a refusal of something this build cannot name has no effect here
	}
	key := placeKey(kind, id, dot.Stream, dot.Count)
	if err := tx.Table(refusedTable).Put(key, nil); err != nil {
		return err
	}
	return s.rebuild(tx, kind, id)
}

// rebuild makes one record's state anew from its changes that stand.
func (s *Store) rebuild(tx *journal.Tx, kind string, id change.RecordID) error {
	past, err := s.History(tx, kind, id)
	if err != nil || len(past) == 0 {
		return err
	}
	standing := merge.New(kind, id)
	left := 0
	for _, p := range past {
		if !p.Refused {
			standing.Apply(p.Stream, p.Change)
			left++
		}
	}
	if left == 0 {
		if err := tx.Table(disputeTable).Delete(stateKey(kind, id)); err != nil {
			return err
		}
		return tx.Table(stateTable).Delete(stateKey(kind, id))
	}
	return s.keepState(tx, standing)
}

// refused reports whether the change was refused before it arrived here; it
// is then listed in the history and has no effect.
func (s *Store) refused(tx *journal.Tx, in change.Stream, c *change.Change) (bool, error) {
	refusals, err := s.refusals(tx, c.Kind, c.Record)
	return refusals[c.Dot(in)], err
}

func (s *Store) refusals(tx *journal.Tx, kind string, id change.RecordID) (map[change.Dot]bool, error) {
	var dots map[change.Dot]bool
	err := s.places(tx, refusedTable, kind, id, func(in change.Stream, count uint64) error {
		if dots == nil {
			dots = map[change.Dot]bool{}
		}
		dots[change.Dot{Stream: in, Count: count}] = true
		return nil
	})
	return dots, err
}

func (s *Store) places(tx *journal.Tx, table, kind string, id change.RecordID, fn func(change.Stream, uint64) error) error {
	prefix := append(stateKey(kind, id), 0)
	return tx.Table(table).Ascend(prefix, prefix, func(key, _ []byte) error {
		in, n, err := parsePlace(key[len(prefix):])
		if err != nil {
			return fault.As(fault.Damaged, "read the record index", err)
		}
		return fn(in, n)
	})
}

func read(tx *journal.Tx, in change.Stream, seq uint64) (*change.Change, error) {
	raw, err := tx.Change(in, seq)
	if err != nil {
		return nil, err
	}
	return change.Decode(raw)
}

// LastSeq is the sequence of a record's newest change here, 0 when there is
// none.
func (s *Store) LastSeq(tx *journal.Tx, kind string, id change.RecordID) (uint64, error) {
	past, err := s.History(tx, kind, id)
	if err != nil || len(past) == 0 {
		return 0, err
	}
	return past[len(past)-1].Seq, nil
}

// Place is where one change of a record stands.
type Place struct {
	Stream change.Stream
	Seq    uint64
}

// Places lists where a record's changes stand, by stream and sequence.
func (s *Store) Places(tx *journal.Tx, kind string, id change.RecordID) (all []Place, err error) {
	err = s.places(tx, placedTable, kind, id, func(in change.Stream, seq uint64) error {
		all = append(all, Place{Stream: in, Seq: seq})
		return nil
	})
	return all, err
}
