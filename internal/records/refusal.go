package records

import (
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// refuse notes that the city refused a change and takes its effect back.
func (s *Records) refuse(tx *journal.Tx, refusal change.RecordID, of system.Refused) error {
	if !s.keep(of.Kind) {
		return nil
	}
	key := refusedKey(of.Kind, of.Record, refusal)
	if err := tx.Table(refusedTable).Put(key, numbered(of.Dot.Stream, of.Dot.Count)); err != nil {
		return err
	}
	return s.rebuild(tx, of.Kind, of.Record)
}

// unrefuse gives a change its effect again.
func (s *Records) unrefuse(tx *journal.Tx, refusal change.RecordID, of system.Refused) error {
	if !s.keep(of.Kind) {
		return nil
	}
	if err := tx.Table(refusedTable).Delete(refusedKey(of.Kind, of.Record, refusal)); err != nil {
		return err
	}
	return s.rebuild(tx, of.Kind, of.Record)
}

// refusals are the changes of a record that the city refused, whether they
// have arrived here or not; nil when there are none.
func (s *Records) refusals(tx *journal.Tx, kind string, id change.RecordID) (dots map[change.Dot]bool, err error) {
	prefix := append(stateKey(kind, id), 0)
	err = tx.Table(refusedTable).Ascend(prefix, prefix, func(_, value []byte) error {
		in, count, err := parseNumbered(value)
		if err != nil {
			return err
		}
		if dots == nil {
			dots = map[change.Dot]bool{}
		}
		dots[change.Dot{Stream: in, Count: count}] = true
		return nil
	})
	return dots, err
}

// rebuild makes one record's state anew from its changes that stand. Without
// any the record is as if it had never been.
func (s *Records) rebuild(tx *journal.Tx, kind string, id change.RecordID) error {
	refused, err := s.refusals(tx, kind, id)
	if err != nil {
		return err
	}
	_, was, err := s.state(tx, kind, id)
	if err != nil {
		return err
	}
	r, left := merge.New(kind, id), 0
	err = s.changes(tx, kind, id, func(in change.Stream, _ uint64, c *change.Change) error {
		if !refused[c.Dot(in)] {
			r.Apply(in, c)
			left++
		}
		return nil
	})
	if err != nil {
		return err
	}
	if left > 0 {
		return s.keepState(tx, r, was)
	}
	if err := s.list(tx, kind, id, was, nil); err != nil {
		return err
	}
	if err := tx.Table(disputeTable).Delete(stateKey(kind, id)); err != nil {
		return err
	}
	return tx.Table(stateTable).Delete(stateKey(kind, id))
}
