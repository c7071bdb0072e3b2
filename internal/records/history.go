package records

import (
	"cmp"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/system"
)

// Past is one change in a record's history.
type Past struct {
	merge.Placed
	Seq      uint64
	Refused  bool
	Rule     string // by which it is refused
	Parallel bool   // made without knowing of another change of the history
}

// History lists a record's changes in causal order, those made in parallel by
// the order that decides conflicts.
func (s *Records) History(tx *journal.Tx, kind string, id change.RecordID) ([]Past, error) {
	past, err := s.past(tx, kind, id)
	markParallel(past)
	return past, err
}

// HistoryAt is History of a record whose changes stand at the places: one that is kept
// elsewhere. It knows of refusals that are here.
func (s *Records) HistoryAt(tx *journal.Tx, kind string, id change.RecordID, places []Location) ([]Past, error) {
	past, err := s.pastAt(tx, kind, id, places)
	markParallel(past)
	return past, err
}

func (s *Records) past(tx *journal.Tx, kind string, id change.RecordID) ([]Past, error) {
	places, err := s.Places(tx, kind, id)
	if err != nil {
		return nil, err
	}
	return s.pastAt(tx, kind, id, places)
}

func (s *Records) pastAt(tx *journal.Tx, kind string, id change.RecordID, places []Location) ([]Past, error) {
	refused, err := s.refusals(tx, kind, id)
	if err != nil {
		return nil, err
	}
	var past []Past
	err = changesAt(tx, id, places, func(in change.Stream, seq uint64, c *change.Change) error {
		p := Past{Placed: merge.Placed{Stream: in, Change: c}, Seq: seq}
		word, err := s.refusedBy(tx, refused, in, seq, c)
		if word != "" {
			p.Refused = true
			p.Rule, err = s.ruleOf(tx, word)
		}
		past = append(past, p)
		return err
	})
	slices.SortFunc(past, func(a, b Past) int {
		return cmp.Or(a.Change.Dot(a.Stream).Compare(b.Change.Dot(b.Stream)), cmp.Compare(a.Seq, b.Seq))
	})
	return past, err
}

// ruleOf is the rule that a word names.
func (s *Records) ruleOf(tx *journal.Tx, word change.RecordID) (string, error) {
	said, err := s.Get(tx, system.RefusalKind, word)
	if err != nil || said == nil {
		return "", err
	}
	return system.RefusalFrom(said).Rule, nil
}

func markParallel(past []Past) {
	for i := range past {
		for j := range past[:i] {
			if past[i].Parallel && past[j].Parallel {
				continue
			}
			if merge.Parallel(past[i].Placed, past[j].Placed) {
				past[i].Parallel, past[j].Parallel = true, true
			}
		}
	}
}

// LastSeq is the sequence of a record's newest change here, 0 when there is
// none.
func (s *Records) LastSeq(tx *journal.Tx, kind string, id change.RecordID) (uint64, error) {
	past, err := s.past(tx, kind, id)
	if err != nil || len(past) == 0 {
		return 0, err
	}
	return past[len(past)-1].Seq, nil
}

// Location is where one change of a record stands.
type Location struct {
	Stream change.Stream
	Seq    uint64
}

// Places lists where a record's changes stand, by stream and sequence.
func (s *Records) Places(tx *journal.Tx, kind string, id change.RecordID) (all []Location, err error) {
	prefix := append(stateKey(kind, id), 0)
	err = tx.Table(placedTable).Ascend(prefix, prefix, func(key, _ []byte) error {
		in, seq, err := parseNumbered(key[len(prefix):])
		all = append(all, Location{Stream: in, Seq: seq})
		return err
	})
	return all, err
}

// Standing is Places without the changes that the city refused.
func (s *Records) Standing(tx *journal.Tx, kind string, id change.RecordID) ([]Location, error) {
	refused, err := s.refusals(tx, kind, id)
	if err != nil {
		return nil, err
	}
	if ranged, err := anyRange(tx); err != nil || len(refused) == 0 && !ranged {
		if err != nil {
			return nil, err
		}
		return s.Places(tx, kind, id)
	}
	var all []Location
	err = s.changes(tx, kind, id, func(in change.Stream, seq uint64, c *change.Change) error {
		word, err := s.refusedBy(tx, refused, in, seq, c)
		if word == "" {
			all = append(all, Location{Stream: in, Seq: seq})
		}
		return err
	})
	return all, err
}

// Lost are a record's changes that are refused, but for those whose fields
// were all written again since. Most records have none, and that is cheap to say.
func (s *Records) Lost(tx *journal.Tx, kind string, id change.RecordID) ([]Past, error) {
	places, err := s.Places(tx, kind, id)
	if err != nil {
		return nil, err
	}
	standing, err := s.Standing(tx, kind, id)
	if err != nil || len(standing) == len(places) {
		return nil, err
	}
	past, err := s.History(tx, kind, id)
	if err != nil {
		return nil, err
	}
	var lost []Past
	again := map[string]bool{}
	for _, p := range slices.Backward(past) {
		if !p.Refused {
			for _, set := range p.Change.Fields {
				again[set.Name] = true
			}
			continue
		}
		if slices.ContainsFunc(p.Change.Fields, func(set change.Field) bool { return !again[set.Name] }) {
			lost = append(lost, p)
		}
	}
	slices.Reverse(lost)
	return lost, nil
}

// changes calls fn for all changes of a record that are here.
func (s *Records) changes(tx *journal.Tx, kind string, id change.RecordID, fn func(change.Stream, uint64, *change.Change) error) error {
	places, err := s.Places(tx, kind, id)
	if err != nil {
		return err
	}
	return changesAt(tx, id, places, fn)
}

func changesAt(tx *journal.Tx, id change.RecordID, places []Location, fn func(change.Stream, uint64, *change.Change) error) error {
	for _, p := range places {
		raw, err := custody.Change(tx, p.Stream, p.Seq)
		if err != nil {
			return err
		}
		c, err := change.Decode(raw)
		if err != nil {
			return err
		}
		if err := fn(p.Stream, p.Seq, c.Named(id)); err != nil {
			return err
		}
	}
	return nil
}
