package reconcile

import (
	"maps"
	"math"
	"slices"

	"tongbu/hub/follow"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// moves are the records that recalled words give to another unit, in one
// transaction.
type moves struct {
	again   []change.RecordID      // refusals that were recalled: what they refuse is judged again
	ranges  []system.Range         // likewise
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

// settleMoves judges again what was judged by another holder than the record has
// now: what was refused of it, and what stood.
func (j *judging) settleMoves() error {
	for _, refusal := range j.moves.again {
		if err := j.rejudgeRefused(refusal); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(j.moves.records)) {
		refused, err := j.contestedOf([]byte(key))
		if err != nil {
			return err
		}
		for _, refusal := range refused {
			if err := j.rejudgeRefused(refusal); err != nil {
				return err
			}
		}
	}
	for _, step := range []func() error{j.rejudgeRanges, j.rejudgeStanding, j.rejudgeWaiting} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// rejudgeRanges judges again what ranges refuse as not the custodian's: of those that
// were recalled all, of the others what is of records that have moved. No table lists
// their changes by record, so all of these ranges are read, which only a restored city
// does.
func (j *judging) rejudgeRanges() error {
	ranges := j.moves.ranges
	if len(j.moves.records) > 0 {
		err := j.cfg.Records.EachRange(j.w.Tx, func(r system.Range) error {
			if r.Rule == ruleCustodian {
				ranges = append(ranges, r)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	met := map[change.RecordID]bool{}
	for i, r := range ranges {
		if met[r.ID()] {
			continue
		}
		met[r.ID()] = true
		if err := j.rejudgeRange(r, i < len(j.moves.ranges)); err != nil {
			return err
		}
	}
	return nil
}

func (j *judging) rejudgeRange(r system.Range, all bool) error {
	return records.EachChange(j.w.Tx, r.Stream, r.From, r.To, func(seq uint64, c *change.Change) error {
		if !r.Has(seq) || !all && !j.moves.records[string(ownerKey(c))] {
			return nil
		}
		at := placed{Stream: r.Stream, seq: seq, author: r.Unit}
		before, err := j.wordAt(at)
		if err != nil || !before.ranged {
			return err // a word of its own is judged by its own name
		}
		return j.rejudgeChange(at, c, before)
	})
}

// rejudgeRefused judges again the change that a refusal names. One that has not
// arrived yet is judged when it does.
func (j *judging) rejudgeRefused(refusal change.RecordID) error {
	before, err := j.readWord(refusal)
	if err != nil || before.at.seq == 0 {
		return err
	}
	c, err := j.changeOf(before)
	if err != nil || c == nil {
		return err
	}
	return j.rejudgeChange(before.at, c, before)
}

// rejudgeChange judges a change again by who holds its record now.
func (j *judging) rejudgeChange(at placed, c *change.Change, before word) error {
	holder, err := j.holderOf(c)
	if err == nil && holder.unit == "" && before.rule == ruleCode { // the first of its record, which nobody holds yet
		return j.judgeChange(journal.Arrival{No: j.last, Author: at.author}, at, c)
	}
	if err != nil || holder.unit == "" {
		return err
	}
	past, err := j.historyOf(c, holder)
	if err != nil {
		return err
	}
	v, err := j.checkRules(at, c, holder, past)
	if err != nil {
		return err
	}
	if err := j.writeVerdict(v, before); err != nil {
		return err
	}
	return j.remember(at, c, past, v, before)
}

const arrivalsAtOnce = 256

// rejudgeStanding judges again what stood of records that have moved. No table
// lists such changes, since nearly all records never move: the streams of the
// units that held them are read, from where the first of the records was claimed.
func (j *judging) rejudgeStanding() error {
	if len(j.moves.losers) == 0 {
		return nil
	}
	for after := max(j.moves.from, 1) - 1; ; {
		arrivals, err := j.w.Arrivals(after, arrivalsAtOnce)
		if err != nil {
			return err
		}
		for _, a := range arrivals {
			if a.No > j.last {
				return nil
			}
			if err := j.rejudgeBatch(a); err != nil {
				return err
			}
			after = a.No
		}
		if len(arrivals) == 0 {
			return nil
		}
	}
}

func (j *judging) rejudgeBatch(a journal.Arrival) error {
	if a.Stream.Device == j.cfg.Device || !j.moves.losers[a.Author] && !j.moves.losers[a.Stream.Audience] {
		return nil
	}
	o, err := follow.Open(j.w.Tx, a)
	if err != nil {
		return err
	}
	for _, c := range o.Changes { // none of a batch that was refused as a whole
		if !j.moves.records[string(ownerKey(c.Change))] {
			continue
		}
		at := placed{Stream: a.Stream, seq: c.Seq, author: a.Author}
		before, err := j.wordAt(at)
		if err == nil {
			err = j.rejudgeChange(at, c.Change, before)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
