package streams

import (
	"context"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// A stream is cut below what the city has recorded for long enough. How long that is
// known by two clocks, which must agree: the one here, and the city's in what it has
// signed. So neither, whatever it shows, cuts anything by itself.

// cutAtOnce bounds what one transaction cuts, in bytes.
const cutAtOnce = 512 << 10

// Cut is what was cut off, or would be.
type Cut struct {
	Streams int   `json:"streams"`
	Batches int   `json:"batches"`
	Changes int   `json:"changes"`
	Bytes   int64 `json:"bytes"` // that the batches took
}

func (c *Cut) add(of journal.Cutting) {
	if of.Batches > 0 {
		c.Streams, c.Batches, c.Changes, c.Bytes = c.Streams+1, c.Batches+of.Batches, c.Changes+of.Changes, c.Bytes+int64(of.Bytes)
	}
}

// Cut cuts off what the city has recorded and what was kept for the retention since,
// of all streams but the city's. dry only says what would be. It returns Invalid at a
// device that others are filled from: a hub, and the city.
func (c *Streams) Cut(ctx context.Context, keep time.Duration, dry bool) (done Cut, err error) {
	if c.cfg.SealAtOnce || c.cfg.Self.Unit == c.cfg.Root {
		return done, fault.New(fault.Invalid, "a hub keeps all batches: those below it are filled from it").WithHint("cut the journals of nodes")
	}
	if keep < 24*time.Hour {
		return done, fault.New(fault.Invalid, "batches are kept for no less than a day")
	}
	if !dry {
		if err := c.noteRecorded(ctx, keep); err != nil {
			return done, err
		}
	}
	var streams []change.Stream
	err = c.View(func(tx *journal.Tx) error {
		return tx.Streams(func(info journal.StreamInfo) error {
			streams = append(streams, info.Stream)
			return nil
		})
	})
	for _, s := range streams {
		var of journal.Cutting
		switch {
		case err != nil:
		case dry:
			of, err = c.cuttable(s, keep)
		default:
			of, err = c.cutStream(ctx, s, keep)
		}
		done.add(of)
	}
	return done, fault.Wrap("cut the journal", err)
}

// bound is up to where a stream may be cut, 0: it may not. signed is the latest time
// that the city has signed.
func (c *Streams) bound(tx *journal.Tx, info journal.StreamInfo, signed int64, keep time.Duration) (uint64, error) {
	now, err := c.noteOf(tx, info)
	if err != nil || now.mark.Seq == 0 {
		return 0, err
	}
	notes, err := readNotes(tx, info.Stream)
	if err != nil {
		return 0, err
	}
	top := uint64(0)
	for _, n := range notes {
		if n.epoch != now.epoch || n.mark.Seq > now.mark.Seq || n.mark.Seq <= top ||
			signed-n.city < keep.Milliseconds() || now.here-n.here < keep.Milliseconds() {
			continue
		}
		held, err := onHistory(tx, info.Stream, n.mark)
		if err != nil {
			return 0, err
		}
		if held {
			top = n.mark.Seq
		}
	}
	return top, nil
}

// boundOf is the bound of a stream by its name.
func (c *Streams) boundOf(tx *journal.Tx, of change.Stream, keep time.Duration) (uint64, error) {
	info, ok, err := tx.Stream(of)
	if err != nil || !ok {
		return 0, err
	}
	signed, err := lastSigned(tx)
	if err != nil {
		return 0, err
	}
	return c.bound(tx, info, signed, keep)
}

// lastSigned is the latest time in the city's receipts.
func lastSigned(tx *journal.Tx) (at int64, err error) {
	err = tx.Receipts(func(r *change.SignedReceipt) error {
		at = max(at, r.At)
		return nil
	})
	return at, err
}

func (c *Streams) cuttable(of change.Stream, keep time.Duration) (all journal.Cutting, err error) {
	err = c.View(func(tx *journal.Tx) error {
		below, err := c.boundOf(tx, of, keep)
		if err != nil || below == 0 {
			return err
		}
		all, err = tx.Cuttable(of, below)
		return err
	})
	return all, err
}

// cutStream cuts step by step; each finds the bound again, since the city may have
// begun an epoch in between.
func (c *Streams) cutStream(ctx context.Context, of change.Stream, keep time.Duration) (all journal.Cutting, err error) {
	for more := true; more; {
		var step journal.Cutting
		err := c.update(ctx, func(tx *journal.Tx) error {
			step = journal.Cutting{}
			below, err := c.boundOf(tx, of, keep)
			if err != nil || below == 0 {
				return err
			}
			step, err = tx.Cut(of, below, cutAtOnce)
			return err
		})
		if err != nil {
			return all, err
		}
		all.Batches, all.Changes, all.Bytes = all.Batches+step.Batches, all.Changes+step.Changes, all.Bytes+step.Bytes
		more = step.More
	}
	return all, nil
}

// onHistory reports whether a mark is the beginning of a stream or the end of a batch
// of it, one that was cut off too.
func onHistory(tx *journal.Tx, of change.Stream, m change.Mark) (bool, error) {
	if m.Seq == 0 {
		return true, nil
	}
	ends, err := tx.Boundaries(of, m.Seq+1, 1)
	return err == nil && len(ends) == 1 && ends[0] == m, err
}

// checkKept returns Unavailable when the batch after a mark of the history held here
// was cut off.
func checkKept(tx *journal.Tx, of change.Stream, after change.Mark) error {
	info, ok, err := tx.Stream(of)
	if err != nil || !ok || after.Seq >= info.Base.Seq {
		return err
	}
	held, err := onHistory(tx, of, after)
	if err != nil || !held {
		return err
	}
	return fault.New(fault.Unavailable, "batches of a stream up to %d were cut off here: the city has them", info.Base.Seq)
}

// Base is where batches of a stream begin here.
func (c *Streams) Base(of change.Stream) (base change.Mark, err error) {
	err = c.View(func(tx *journal.Tx) error {
		info, _, err := tx.Stream(of)
		base = info.Base
		return err
	})
	return base, err
}
