package records

import (
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// A record may be given to another unit by a word of the city. Its changes are then
// weighed again: those that do not count on the line that it stands on have no effect,
// and come to have one if they count later.

// anyMoved reports whether any record was ever given to another unit. It is asked with every
// record that is read, so the answer of a transaction is kept.
func (s *Records) anyMoved(tx *journal.Tx) (bool, error) {
	if known := s.moved.Load(); known != nil && known.tx == tx.Number() {
		return known.any, nil
	}
	any, err := custody.Any(tx)
	if err == nil {
		s.moved.Store(&movedIn{tx: tx.Number(), any: any})
	}
	return any, err
}

// movedIn is what anyMoved has found in a transaction. A number that is used again, after a
// transaction that failed, is of one that begins with the same words.
type movedIn struct {
	tx  int
	any bool
}

// effect is what a change does here.
type effect int

const (
	nowhere effect = iota // nothing, and nobody is shown it
	listed                // it is in the record's history and has no effect
	counted
)

// standing says what a change of a record does, by whose the record is; has: it may
// have an effect by its id alone. What another has written of the record waits: a word
// that gives it the record may still come.
func (s *Records) standing(tx *journal.Tx, c *change.Change, has bool, author change.UnitID, in change.Stream, seq uint64) (effect, error) {
	if change.Ruled(c.Kind) {
		return by(has), nil
	}
	any, err := s.anyMoved(tx)
	if err != nil || !any && has {
		return counted, err
	}
	h, err := custody.Of(tx, c.Kind, c.Record)
	if err != nil {
		return nowhere, err
	}
	if counts, err := s.counts(tx, h, c, author, in, seq); counts || err != nil {
		return counted, err
	}
	if held, err := s.held(tx, h, author); held || err != nil || author == s.city {
		return listed, err
	}
	return nowhere, tx.Table(waitingTable).Put(placeKey(c.Kind, c.Record, in, seq), nil)
}

func by(has bool) effect {
	if has {
		return counted
	}
	return nowhere
}

// counts reports whether a change counts by whose its record is.
func (s *Records) counts(tx *journal.Tx, h custody.Holding, c *change.Change, author change.UnitID, in change.Stream, seq uint64) (bool, error) {
	if h.Moved() {
		return custody.Counts(tx, h, author, in, seq, s.city)
	}
	if _, has := access.Effect(c, in, author, s.city); has {
		return true, nil
	}
	maker, named := c.Record.Maker()
	if !named || !access.Inherits(c.Kind) {
		return false, nil
	}
	return custody.IsHeir(tx, maker, author)
}

// held reports whether a unit, or one whose heir it is, holds a record or has ever done.
func (s *Records) held(tx *journal.Tx, h custody.Holding, unit change.UnitID) (bool, error) {
	if h.Held(unit, nil) {
		return true, nil
	}
	heirs, err := custody.HeirsOf(tx, h.Holders()...)
	return h.Held(unit, heirs), err
}

// applyForward merges a change that the city says again, as one of the stream it was
// written in.
func (s *Records) applyForward(tx *journal.Tx, author change.UnitID, in change.Stream, seq uint64, entry *change.Change) (bool, error) {
	f, ok := change.ForwardIn(entry)
	if !ok || author != s.city {
		return false, nil
	}
	c := f.Change()
	if c == nil {
		return false, nil
	}
	if err := custody.PutForward(tx, &f, in, seq); err != nil {
		return false, err
	}
	return s.Apply(tx, f.Author, f.Stream, f.Seq, c)
}

// givenBy is what a custody word says; nil for any other record, and one that is void.
func givenBy(r *merge.Record) *system.Custody {
	if w, ok := system.CustodyFrom(r); ok {
		return &w
	}
	return nil
}

// moveRecord brings in what a custody word says now in place of what it said, and
// makes the record again that it is about.
func (s *Records) moveRecord(tx *journal.Tx, was, is *system.Custody) error {
	if was == nil && is == nil || was != nil && is != nil && *was == *is {
		return nil
	}
	of := was
	if was != nil {
		if err := custody.Drop(tx, *was); err != nil {
			return err
		}
	}
	if is != nil {
		of = is
		if err := custody.Put(tx, *is); err != nil {
			return err
		}
		s.moved.Store(&movedIn{tx: tx.Number(), any: true})
	}
	if !s.keep(of.Kind) || change.Ruled(of.Kind) {
		return nil
	}
	return s.rebuild(tx, of.Kind, of.Record)
}

// mayWrite returns Denied for an edit of a record that has left the author's line, and
// of one that the author does not hold.
func (s *Records) mayWrite(tx *journal.Tx, in change.Stream, author change.UnitID, e Edit) error {
	any, err := s.anyMoved(tx)
	if err != nil || !any || change.Ruled(e.Kind) {
		return err
	}
	h, err := custody.Of(tx, e.Kind, e.ID)
	if err != nil || !h.Moved() {
		return err
	}
	heirs, err := custody.HeirsOf(tx, h.Unit, h.At)
	if err != nil {
		return err
	}
	nowhere := func(change.UnitID) bool { return false }
	if !h.Counts(custody.Written{Author: author, Audience: in.Audience, Here: true, Forwarded: nowhere}, heirs, s.city) {
		return fault.New(fault.Denied, "this %s was transferred to another unit", e.Kind).WithHint("only the unit that holds it now may change it")
	}
	return nil
}

// countsAt is counts for a change whose author is looked up.
func (s *Records) countsAt(tx *journal.Tx, h custody.Holding, c *change.Change, in change.Stream, seq uint64) (bool, error) {
	author, _, err := custody.Author(tx, in, seq)
	if err != nil {
		return false, err
	}
	return s.counts(tx, h, c, author, in, seq)
}

// releaseWaiting places the changes of a record that have waited for a word which gives
// it to their author, or makes that the heir of who has it.
func (s *Records) releaseWaiting(tx *journal.Tx, h custody.Holding, kind string, id change.RecordID) error {
	prefix := append(stateKey(kind, id), 0)
	waiting := tx.Table(waitingTable)
	return waiting.Ascend(prefix, prefix, func(key, _ []byte) error {
		in, seq, err := parseNumbered(key[len(prefix):])
		if err != nil {
			return err
		}
		author, _, err := custody.Author(tx, in, seq)
		if err != nil {
			return err
		}
		if held, err := s.held(tx, h, author); err != nil || !held {
			return err
		}
		if err := tx.Table(placedTable).Put(key, nil); err != nil {
			return err
		}
		return waiting.Delete(key)
	})
}
