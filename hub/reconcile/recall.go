package reconcile

import (
	"encoding/binary"
	"slices"

	"tongbu/hub/follow"
	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// A restored city judges again what arrives again, in another order: a change
// that it had refused may come first and claim the record of the unit that held
// it. But the tiers below still have the city's words of before the restore, and
// send them back. What they say of a change is in the records of refusals
// (word.go); here the city reads from them who holds a record. What it has judged
// otherwise meanwhile is judged again (settle.go).
const (
	writtenTable   = "reconcile.told"      // own stream -> last sequence that this journal has written itself
	contestedTable = "reconcile.contested" // kind 0 id 0 refusal's id -> nothing: refused, then or now, as not the custodian's, or until more is known
)

// recallBatch reads a batch that the city wrote in an earlier incarnation, as far
// as it was lost. One that cannot be decoded has no changes.
func (j *judging) recallBatch(o *follow.Opened) error {
	raw, err := j.w.Table(writtenTable).Get([]byte(o.Stream.String()))
	if err != nil {
		return err
	}
	var written uint64
	if len(raw) == 8 {
		written = binary.BigEndian.Uint64(raw)
	}
	for _, c := range o.Changes {
		if c.Seq <= written {
			continue // it was never lost
		}
		recall := j.recallRecord
		if c.Change.Kind == system.RefusalKind {
			recall = j.recallRefusal
		}
		if err := recall(c.Change); err != nil {
			return err
		}
	}
	return nil
}

// recallRefusal reads a refusal as not the custodian's, or a void of one: it names
// who holds the record.
func (j *judging) recallRefusal(c *change.Change) error {
	if r, isRange := system.RangeIn(c); isRange {
		return j.recallRange(r)
	}
	about, err := j.readWord(c.Record)
	said := system.RefusalIn(c)
	if err == nil && said.Rule == ruleCode {
		return j.recallHeld(c.Record)
	}
	if err != nil || about.kind == "" || about.record.Validate() != nil || said.Rule != ruleCustodian {
		return err
	}
	of := &change.Change{Kind: about.kind, Record: about.record}
	j.moves.again = append(j.moves.again, c.Record)
	if err := j.listContested(of, c.Record); err != nil {
		return err
	}
	if said.Holder == "" || said.Since == 0 {
		return nil
	}
	return j.adoptClaim(of, claim{unit: said.Holder, epoch: said.Since, recalled: true, from: j.first})
}

// recallRange reads a range that was refused as not the custodian's: of its changes
// that are here. The others are recalled when they come (recallHolder).
func (j *judging) recallRange(r system.Range) error {
	if r.Rule == ruleCode {
		j.moves.ranges = append(j.moves.ranges, r)
		return nil
	}
	if r.Rule != ruleCustodian {
		return nil
	}
	j.moves.ranges = append(j.moves.ranges, r)
	if r.Holder == "" || r.Since == 0 {
		return nil
	}
	return records.EachChange(j.w.Tx, r.Stream, r.From, r.To, func(seq uint64, c *change.Change) error {
		if !r.Has(seq) {
			return nil
		}
		return j.adoptClaim(c, claim{unit: r.Holder, epoch: r.Since, recalled: true, from: j.first})
	})
}

// recallHolder reads who holds the record of a change that comes back to a restored
// city, from a range that it had refused it with.
func (j *judging) recallHolder(said word, c *change.Change) error {
	if j.restored == 0 || !said.ranged || said.rule != ruleCustodian || said.holder == "" || said.since == 0 {
		return nil
	}
	return j.adoptClaim(c, claim{unit: said.holder, epoch: said.since, recalled: true, from: j.first})
}

// recallRecord reads a record that the city has made itself, which another unit
// may have claimed meanwhile.
func (j *judging) recallRecord(c *change.Change) error {
	if len(c.Context) > 0 {
		return nil
	}
	raw, err := j.w.Table(ownerTable).Get(ownerKey(c))
	if err != nil || raw == nil {
		return err
	}
	by := j.cityClaim()
	by.recalled, by.from = true, j.first
	return j.adoptClaim(c, by)
}

// listContested lists a refusal under its record: it is judged again when the
// record moves.
func (j *judging) listContested(of *change.Change, refusal change.RecordID) error {
	key := ownerKey(of)
	j.waits[string(makerOf(of, key))] = true
	return j.w.Table(contestedTable).Put(append(append(key, 0), refusal...), nil)
}

// mayWait reports whether a refusal of a record of the same kind and maker is listed:
// of one with an id of before, always. It is asked once a maker, since nearly always
// none is.
func (j *judging) mayWait(of *change.Change, key []byte) (bool, error) {
	prefix := makerOf(of, key)
	if prefix == nil {
		return true, nil
	}
	waits, known := j.waits[string(prefix)]
	if known {
		return waits, nil
	}
	err := j.w.Table(contestedTable).Ascend(nil, prefix, func(_, _ []byte) error {
		waits = true
		return journal.ErrStop
	})
	j.waits[string(prefix)] = waits
	return waits, err
}

// makerOf is how the keys of all records of a kind and maker begin, a part of the
// key; nil for an id of before.
func makerOf(of *change.Change, key []byte) []byte {
	maker, named := of.Record.Maker()
	if !named {
		return nil
	}
	return key[:len(of.Kind)+1+len(maker)+1]
}

// contestedOf lists the refusals of a record that listContested has listed, by the
// record's key. They are read first, since judging one again may list it again.
func (j *judging) contestedOf(key []byte) (refusals []change.RecordID, err error) {
	prefix := append(slices.Clone(key), 0)
	err = j.w.Table(contestedTable).Ascend(prefix, prefix, func(at, _ []byte) error {
		refusals = append(refusals, change.RecordID(at[len(prefix):]))
		return nil
	})
	return refusals, err
}
