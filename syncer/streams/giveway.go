package streams

import (
	"bytes"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// giveWay replaces our history of a stream by the parent's, from the batch on
// that differs: it is signed by the stream's own device. Ours is kept as
// evidence. The outcome is Fork when the batch does not follow an end of ours:
// earlier ones must come first.
func (c *Streams) giveWay(tx *journal.Tx, a *incoming) (journal.Outcome, error) {
	b := a.batch
	if !followsHeld(tx, b) {
		return journal.Fork, nil
	}
	var err error
	if b.Stream.Device == c.cfg.Self.Device {
		if a.lost, err = changesAfter(tx, b.Stream, b.First-1); err != nil {
			return 0, err
		}
	}
	if _, err := tx.Truncate(b.Stream, b.First-1); err != nil {
		return 0, err
	}
	failpoint.Reach("custody.giveway.cut")
	outcome, err := tx.Append(a.author, b)
	if err != nil || outcome != journal.Stored {
		return outcome, err
	}
	a.yielded = true
	if len(a.lost) > 0 {
		// Where no number is left, what was lost follows the history that stands.
		if err := c.beginIncarnation(tx, 1); err != nil && fault.Of(err) != fault.Exhausted {
			return 0, err
		}
	}
	failpoint.Reach("custody.giveway.renamed")
	return outcome, c.cfg.Records.Rebuild(tx)
}

// followsHeld reports whether the batch follows the end of a batch held here.
func followsHeld(tx *journal.Tx, b *change.Batch) bool {
	if b.First == 1 {
		return true
	}
	ends, err := tx.Boundaries(b.Stream, b.First, 1)
	return err == nil && len(ends) == 1 && b.Follows(ends[0])
}

// lostChange is a change of this device in a history that was replaced.
type lostChange struct {
	seq uint64
	raw []byte
}

// changesAfter reads what the device wrote after a sequence.
func changesAfter(tx *journal.Tx, of change.Stream, keep uint64) ([]lostChange, error) {
	info, _, err := tx.Stream(of)
	if err != nil {
		return nil, err
	}
	var lost []lostChange
	for seq := keep + 1; seq <= info.Head; seq++ {
		raw, err := tx.Change(of, seq)
		if fault.Of(err) == fault.NotFound {
			err = fault.As(fault.Damaged, "the stream has a hole", err)
		}
		if err != nil {
			return nil, err
		}
		lost = append(lost, lostChange{seq: seq, raw: raw})
	}
	return lost, nil
}

// reissue writes again, under the new incarnation, what this device had written
// in histories that were replaced.
func (c *Streams) reissue(tx *journal.Tx, all []*incoming) error {
	for _, a := range all {
		if len(a.lost) == 0 {
			continue
		}
		n, err := incarnation(tx)
		if err != nil {
			return err
		}
		of := a.batch.Stream
		own := change.Stream{Device: of.Device, Incarnation: n, Audience: of.Audience}
		failpoint.Reach("custody.reissue.before")
		for _, l := range a.lost {
			if err := c.reissueOne(tx, a, own, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// reissueOne skips a change that the new history has at the same place.
func (c *Streams) reissueOne(tx *journal.Tx, a *incoming, own change.Stream, l lostChange) error {
	now, err := tx.Change(a.batch.Stream, l.seq)
	if err != nil && fault.Of(err) != fault.NotFound {
		return err
	}
	if bytes.Equal(now, l.raw) {
		return nil
	}
	again, err := change.Decode(l.raw)
	if err != nil {
		return err
	}
	a.reissued = own
	return c.cfg.Records.Reissue(tx, own, again, again.Dot(a.batch.Stream))
}
