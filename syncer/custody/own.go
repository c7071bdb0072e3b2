package custody

import (
	"context"
	"encoding/binary"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

// Tables of this package, in the journal's file.
const (
	selfTable   = "custody.self"   // incarnation -> the number the device writes under
	parentTable = "custody.parent" // stream -> how far the parent has it
)

var incarnationKey = []byte("incarnation")

// Writer is a transaction in which the device writes.
type Writer struct {
	*journal.Tx
	custody *Custody
	touched []change.Stream
}

// Own is the device's stream to an audience, in its present incarnation.
func (w *Writer) Own(audience change.UnitID) (change.Stream, error) {
	n, err := incarnation(w.Tx)
	own := change.Stream{Device: w.custody.cfg.Self.Device, Incarnation: n, Audience: audience}
	w.Touch(own)
	return own, err
}

// Touch names a stream whose changes or receipt the function moved.
func (w *Writer) Touch(s change.Stream) {
	if !slices.Contains(w.touched, s) {
		w.touched = append(w.touched, s)
	}
}

// Write runs fn in one transaction and announces the streams it touched after
// the fsync. fn may be run again and has no side effects.
func (c *Custody) Write(ctx context.Context, fn func(*Writer) error) error {
	var w *Writer
	err := c.cfg.Journal.Update(ctx, func(tx *journal.Tx) error {
		w = &Writer{Tx: tx, custody: c}
		if err := fn(w); err != nil {
			return err
		}
		return c.sealAtOnce(w)
	})
	if err != nil {
		return err
	}
	if err := c.refresh(w.touched); err != nil {
		return err
	}
	return c.cfg.After()
}

func (c *Custody) sealAtOnce(w *Writer) error {
	if !c.cfg.SealAtOnce {
		return nil
	}
	for _, s := range w.touched {
		for s.Device == c.cfg.Self.Device {
			b, err := w.Seal(s, c.cfg.Key, c.cfg.Now().UnixMilli())
			if err != nil {
				return err
			}
			if b == nil {
				break
			}
		}
	}
	return nil
}

// View reads from the journal.
func (c *Custody) View(fn func(*journal.Tx) error) error { return c.cfg.Journal.View(fn) }

func incarnation(tx *journal.Tx) (uint32, error) {
	raw, err := tx.Table(selfTable).Get(incarnationKey)
	if err != nil || len(raw) != 4 {
		return 1, err
	}
	return binary.BigEndian.Uint32(raw), nil
}

// Incarnation is the number the device writes under.
func (c *Custody) Incarnation() (n uint32, err error) {
	err = c.View(func(tx *journal.Tx) error {
		n, err = incarnation(tx)
		return err
	})
	return n, err
}

// reincarnate begins a new incarnation, above all that are known of the device.
func (c *Custody) reincarnate(tx *journal.Tx) (uint32, error) {
	top, err := incarnation(tx)
	if err != nil {
		return 0, err
	}
	err = tx.Streams(func(info journal.StreamInfo) error {
		if info.Stream.Device == c.cfg.Self.Device {
			top = max(top, info.Stream.Incarnation)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return top + 1, tx.Table(selfTable).Put(incarnationKey, binary.BigEndian.AppendUint32(nil, top+1))
}

// overtaken begins a new incarnation when others know more of the present one
// than the device itself did: its directory is an older copy.
func (c *Custody) overtaken(tx *journal.Tx, a *arriving) error {
	in := a.batch.Stream
	n, err := incarnation(tx)
	if err != nil || in.Device != c.cfg.Self.Device || in.Incarnation != n {
		return err
	}
	a.yielded = true
	_, err = c.reincarnate(tx)
	return err
}

// giveWay takes the parent's history of a stream in place of ours: the
// parent's batch, signed by the stream's own device, stands where ours
// differs. What stood here is kept as evidence; what this device itself had
// written there it writes again under a new incarnation. The outcome is Fork
// when the batch does not meet our history: earlier ones must come first.
func (c *Custody) giveWay(tx *journal.Tx, a *arriving) (journal.Outcome, error) {
	b := a.batch
	if !meets(tx, b) {
		return journal.Fork, nil
	}
	lost, err := c.lost(tx, b)
	if err != nil {
		return 0, err
	}
	if _, err := tx.Truncate(b.Stream, b.First-1); err != nil {
		return 0, err
	}
	outcome, err := tx.Append(a.author, b)
	if err != nil || outcome != journal.Stored {
		return outcome, err
	}
	a.yielded = true
	if err := c.cfg.State.Rebuild(tx); err != nil {
		return 0, err
	}
	return outcome, c.reissue(tx, a, lost)
}

// lost lists what this device wrote beyond the point where a batch takes its
// stream's history another way. What others wrote is theirs to write again.
func (c *Custody) lost(tx *journal.Tx, b *change.Batch) ([]*change.Change, error) {
	if b.Stream.Device != c.cfg.Self.Device {
		return nil, nil
	}
	return changesAfter(tx, b.Stream, b.First-1)
}

func meets(tx *journal.Tx, b *change.Batch) bool {
	if b.First == 1 {
		return true
	}
	ends, err := tx.Boundaries(b.Stream, b.First, 1)
	return err == nil && len(ends) == 1 && b.Follows(ends[0])
}

func changesAfter(tx *journal.Tx, of change.Stream, keep uint64) ([]*change.Change, error) {
	info, _, err := tx.Stream(of)
	if err != nil {
		return nil, err
	}
	var lost []*change.Change
	for seq := keep + 1; seq <= info.Head; seq++ {
		raw, err := tx.Change(of, seq)
		if err != nil {
			return nil, err
		}
		c, err := change.Decode(raw)
		if err != nil {
			return nil, err
		}
		lost = append(lost, c)
	}
	return lost, nil
}

func (c *Custody) reissue(tx *journal.Tx, a *arriving, lost []*change.Change) error {
	of := a.batch.Stream
	if of.Device != c.cfg.Self.Device {
		return nil
	}
	n, err := c.reincarnate(tx)
	if err != nil {
		return err
	}
	own := change.Stream{Device: of.Device, Incarnation: n, Audience: of.Audience}
	for _, again := range lost {
		if err := c.cfg.State.Reissue(tx, own, again); err != nil {
			return err
		}
		a.again = own
	}
	return nil
}

// Acked notes how far the parent has an own stream, so that the device can
// say so while the line is down.
func (c *Custody) Acked(ctx context.Context, have syncer.Have) error {
	if have.Stream.Device != c.cfg.Self.Device {
		return nil
	}
	return c.cfg.Journal.Update(ctx, func(tx *journal.Tx) error {
		value := append(binary.BigEndian.AppendUint64(nil, have.Mark.Seq), have.Mark.Hash[:]...)
		return tx.Table(parentTable).Put([]byte(have.Stream.String()), value)
	})
}

// Reached is how far an own stream is known to have come.
type Reached struct {
	Head   uint64 // written here
	Parent uint64 // on the disk of the next hub
	City   uint64 // covered by a receipt whose hash is that of our batch
}

// Reached tells how far a stream has come, from one transaction.
func (c *Custody) Reached(tx *journal.Tx, of change.Stream) (Reached, error) {
	info, ok, err := tx.Stream(of)
	if err != nil || !ok {
		return Reached{}, err
	}
	r := Reached{Head: info.Head}
	if r.City, err = recorded(tx, info); err != nil {
		return r, err
	}
	raw, err := tx.Table(parentTable).Get([]byte(of.String()))
	if err != nil {
		return r, err
	}
	if len(raw) == 8+len(change.Hash{}) {
		r.Parent = min(binary.BigEndian.Uint64(raw), info.Head)
	}
	r.Parent = max(r.Parent, r.City)
	return r, nil
}

// recorded is the receipt's sequence when the city recorded the very bytes
// that are held here, else 0.
func recorded(tx *journal.Tx, info journal.StreamInfo) (uint64, error) {
	receipt, err := tx.Receipt(info.Stream)
	if err != nil || receipt == nil {
		return 0, err
	}
	if receipt.Mark() == info.Base {
		return receipt.Seq, nil
	}
	ends, err := tx.Boundaries(info.Stream, receipt.Seq+1, 1)
	if err != nil || len(ends) == 0 || ends[0] != receipt.Mark() {
		return 0, err
	}
	return receipt.Seq, nil
}
