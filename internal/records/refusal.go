package records

import (
	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// word is what a record of the city's refusals takes the effect from.
type word struct {
	said  system.Refusal
	names *system.Refused // nil: no change, or no more
	spans *system.Range   // nil: no range, or no more
}

func wordOf(r *merge.Record) (w word) {
	if r.Kind() != system.RefusalKind {
		return w
	}
	w.said = system.RefusalFrom(r)
	if of, ok := w.said.Names(); ok {
		w.names = &of
	}
	if of, ok := system.RangeFrom(r); ok {
		w.spans = &of
	}
	return w
}

// alone reports whether the word of the name is about one place, void or not.
func (w word) alone(id change.RecordID) bool {
	return w.said.Stream != (change.Stream{}) && w.said.Seq > 0 && id == system.WordID(w.said.Stream, w.said.Seq)
}

// stands reports whether the word of the name refuses something.
func (w word) stands(id change.RecordID) bool { return w.spans != nil || w.alone(id) && !w.said.Void }

// moveWord brings in what a word says now in place of what it said. The record that
// holds it is stored already.
func (s *Records) moveWord(tx *journal.Tx, id change.RecordID, was, is word) error {
	if err := s.countWord(tx, id, was, is); err != nil {
		return err
	}
	if !same(was.spans, is.spans) {
		if err := s.moveRange(tx, id, was.spans, is.spans); err != nil {
			return err
		}
	}
	if !sameNames(was.names, is.names) {
		return s.moveRefusal(tx, id, was.names, is.names)
	}
	return s.overrideRange(tx, id, was, is)
}

func sameNames(a, b *system.Refused) bool { return a == b || a != nil && b != nil && *a == *b }

// same reports whether two words refuse the same places; their name says which.
func same(a, b *system.Range) bool {
	return a == b || a != nil && b != nil && a.ID() == b.ID()
}

// countWord keeps the counts of the word's stream.
func (s *Records) countWord(tx *journal.Tx, id change.RecordID, was, is word) error {
	in := is.said.Stream
	if in == (change.Stream{}) {
		return nil
	}
	n, err := readTally(tx, in)
	if err != nil {
		return err
	}
	before := n
	if is.alone(id) {
		place := is.said.Seq
		ranged, err := s.inRange(tx, in, place)
		if err != nil {
			return err
		}
		refused := ranged
		if was.alone(id) {
			refused = !was.said.Void
		}
		n.places, n.top = moved(n.places, refused, !is.said.Void), max(n.top, place)
	}
	if n.words = moved(n.words, was.stands(id), is.stands(id)); n == before {
		return nil
	}
	return n.put(tx, in)
}

// moved is a count of what was counted, or was not, and is.
func moved(n uint64, was, is bool) uint64 {
	switch {
	case was && !is:
		return n - min(n, 1)
	case is && !was:
		return n + 1
	}
	return n
}

// inRange reports whether a range holds the place, whatever is said of it alone.
func (s *Records) inRange(tx *journal.Tx, in change.Stream, seq uint64) (found bool, err error) {
	err = s.eachRange(tx, in, seq, seq, func(r system.Range, _ change.RecordID) error {
		if found = r.Has(seq); found {
			return journal.ErrStop
		}
		return nil
	})
	return found, err
}

// overrideRange makes a record again when a word about one change of it alone has
// come that a range holds: from now on the range does not decide.
func (s *Records) overrideRange(tx *journal.Tx, id change.RecordID, was, is word) error {
	named := is.said.Record.Validate() == nil
	if was.alone(id) || !is.alone(id) || !s.keep(is.said.Kind) || !named {
		return nil
	}
	ranged, err := s.inRange(tx, is.said.Stream, is.said.Seq)
	if err != nil || !ranged {
		return err
	}
	return s.rebuild(tx, is.said.Kind, is.said.Record.Of(is.said.Kind, is.said.Unit))
}

// moveRefusal notes which change the city refuses by a word now, and gives the one
// that it refused its effect again.
func (s *Records) moveRefusal(tx *journal.Tx, id change.RecordID, was, is *system.Refused) error {
	table := tx.Table(refusedTable)
	if was != nil && s.keep(was.Kind) {
		if err := table.Delete(refusedKey(was.Kind, was.Record, id)); err != nil {
			return err
		}
		if err := s.rebuild(tx, was.Kind, was.Record); err != nil {
			return err
		}
	}
	if is == nil || !s.keep(is.Kind) {
		return nil
	}
	if err := table.Put(refusedKey(is.Kind, is.Record, id), numbered(is.Dot.Stream, is.Dot.Count)); err != nil {
		return err
	}
	return s.rebuild(tx, is.Kind, is.Record)
}

// refusals are the changes of a record that the city refused by name, whether they
// have arrived here or not, and the words that do; nil when there are none.
func (s *Records) refusals(tx *journal.Tx, kind string, id change.RecordID) (dots map[change.Dot]change.RecordID, err error) {
	prefix := append(stateKey(kind, id), 0)
	err = tx.Table(refusedTable).Ascend(prefix, prefix, func(key, value []byte) error {
		in, count, err := parseNumbered(value)
		if err != nil {
			return err
		}
		if dots == nil {
			dots = map[change.Dot]change.RecordID{}
		}
		dots[change.Dot{Stream: in, Count: count}] = change.RecordID(key[len(prefix):])
		return nil
	})
	return dots, err
}

// refusedBy returns the word that refuses the change at a place, "" when none does;
// dots are those of the record.
func (s *Records) refusedBy(tx *journal.Tx, dots map[change.Dot]change.RecordID, in change.Stream, seq uint64, c *change.Change) (change.RecordID, error) {
	if c.Kind == system.RefusalKind {
		return "", nil // one is taken back by voiding it
	}
	if word, refused := dots[c.Dot(in)]; refused {
		return word, nil
	}
	_, word, err := s.RangeAt(tx, in, seq)
	return word, err
}

// IsRefused reports whether a word of the city refuses or holds the change at a place, of
// whatever kind.
func (s *Records) IsRefused(tx *journal.Tx, in change.Stream, seq uint64) (bool, error) {
	said, alone, err := s.wordAt(tx, in, seq)
	if err != nil || alone {
		return alone && !said.Void, err
	}
	_, word, err := s.RangeAt(tx, in, seq)
	return word != "", err
}

// rebuild makes one record's state again from its changes that stand. Without
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
	h, err := custody.Of(tx, kind, id)
	if err != nil {
		return err
	}
	if err := s.releaseWaiting(tx, h, kind, id); err != nil {
		return err
	}
	r, left := merge.New(kind, id), 0
	err = s.changes(tx, kind, id, func(in change.Stream, seq uint64, c *change.Change) error {
		word, err := s.refusedBy(tx, refused, in, seq, c)
		counts := word == ""
		if err == nil && counts && !change.Ruled(kind) {
			counts, err = s.countsAt(tx, h, c, in, seq)
		}
		if err == nil && counts {
			r.Apply(in, c)
			left++
		}
		return err
	})
	if err != nil {
		return err
	}
	if left > 0 {
		return s.keepState(tx, r, was)
	}
	s.touched.add(tx.Number(), Key{Kind: kind, ID: id})
	if err := s.list(tx, kind, id, was, nil); err != nil {
		return err
	}
	if err := tx.Table(disputeTable).Delete(stateKey(kind, id)); err != nil {
		return err
	}
	return tx.Table(stateTable).Delete(stateKey(kind, id))
}
