package reconcile

import (
	"maps"
	"math"
	"slices"

	"tongbu/hub/follow"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// moves are the records that go to another unit in one sitting, as far as the
// city hears of it.
type moves struct {
	again   []change.RecordID      // refusals heard of: what they refuse is weighed again
	records map[string]bool        // keys of ownerTable
	from    uint64                 // first arrival that was judged by another holder
	losers  map[change.UnitID]bool // those holders
}

func (m *moves) add(of *change.Change, was claim) {
	if m.records == nil {
		m.records, m.losers, m.from = map[string]bool{}, map[change.UnitID]bool{}, math.MaxUint64
	}
	m.records[string(ownerKey(of))] = true
	if was.unit != "" {
		m.losers[was.unit], m.from = true, min(m.from, was.from)
	}
}

// settle weighs again what was judged by another holder than the record has
// now: what was refused of it, and what was let stand.
func (s *sitting) settle() error {
	for _, refusal := range s.moves.again {
		if err := s.weighAgain(refusal); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.moves.records)) {
		prefix := append([]byte(key), 0)
		err := s.w.Table(contestedTable).Ascend(nil, prefix, func(at, _ []byte) error {
			return s.weighAgain(change.RecordID(at[len(prefix):]))
		})
		if err != nil {
			return err
		}
	}
	return s.sweep()
}

// weighAgain judges what a refusal refuses by who holds the record now. It has
// not arrived yet: then it is judged when it does.
func (s *sitting) weighAgain(refusal change.RecordID) error {
	before, err := s.said(refusal)
	if err != nil || before.at.seq == 0 {
		return err
	}
	raw, err := s.w.Change(before.at.Stream, before.at.seq)
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := change.Decode(raw)
	if err != nil {
		return nil //nolint:nilerr // it has no effect
	}
	return s.judgeAgain(before.at, c, before)
}

func (s *sitting) judgeAgain(at placed, c *change.Change, before standing) error {
	holder, err := s.holder(c)
	if err != nil || holder.unit == "" {
		return err
	}
	v, _, err := s.weigh(at, c, holder)
	if err != nil {
		return err
	}
	return s.enforce(v, before)
}

const arrivalsAtOnce = 256

// sweep finds what was let stand of records that have moved. Nothing lists such
// changes, since nearly all records never move: so the streams of the units
// that held them are read, from where the first of the records was taken.
func (s *sitting) sweep() error {
	if len(s.moves.losers) == 0 {
		return nil
	}
	for after := max(s.moves.from, 1) - 1; ; {
		arrivals, err := s.w.Arrivals(after, arrivalsAtOnce)
		if err != nil {
			return err
		}
		for _, a := range arrivals {
			if a.No > s.last {
				return nil
			}
			if err := s.sweepOne(a); err != nil {
				return err
			}
			after = a.No
		}
		if len(arrivals) == 0 {
			return nil
		}
	}
}

func (s *sitting) sweepOne(a journal.Arrival) error {
	if a.Stream.Device == s.cfg.Device || !s.moves.losers[a.Author] && !s.moves.losers[a.Stream.Audience] {
		return nil
	}
	o, err := follow.Open(s.w.Tx, a)
	if err != nil {
		return err
	}
	for _, c := range o.Changes { // none of a batch that was refused as a whole
		if !s.moves.records[string(ownerKey(c.Change))] {
			continue
		}
		at := placed{Stream: a.Stream, seq: c.Seq, author: a.Author}
		before, err := s.said(at.refusal())
		if err == nil {
			err = s.judgeAgain(at, c.Change, before)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
