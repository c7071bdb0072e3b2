package streams

import (
	"context"
	"encoding/binary"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/journal"
)

// selfTable is the bucket in the journal's file for what the device knows of
// itself: its incarnation and the city's epoch. The name is older than the
// package's.
const selfTable = "custody.self"

var incarnationKey = []byte("incarnation")

// Writer is a transaction in which the device writes.
type Writer struct {
	*journal.Tx
	streams *Streams
	touched []change.Stream
	version uint8 // of batches sealed in it
}

// Incarnation is the number the device writes under.
func (w *Writer) Incarnation() (uint32, error) { return incarnation(w.Tx) }

// Own is the device's stream to an audience, in its present incarnation.
func (w *Writer) Own(audience change.UnitID) (change.Stream, error) {
	n, err := incarnation(w.Tx)
	own := change.Stream{Device: w.streams.cfg.Self.Device, Incarnation: n, Audience: audience}
	w.touch(own)
	return own, err
}

// touch names a stream whose changes or receipt fn changed.
func (w *Writer) touch(s change.Stream) {
	if !slices.Contains(w.touched, s) {
		w.touched = append(w.touched, s)
	}
}

// Write runs fn in one transaction and announces the streams it touched after
// the fsync. fn may be run again, so it has no other effects.
func (c *Streams) Write(ctx context.Context, fn func(*Writer) error) error {
	var w *Writer
	err := c.update(ctx, func(tx *journal.Tx) error {
		version, err := c.cfg.Batch(tx) // as it was: what publishes a format is not yet written in it
		if err != nil {
			return err
		}
		w = &Writer{Tx: tx, streams: c, version: version}
		if err := fn(w); err != nil {
			return err
		}
		return c.sealAtOnce(w)
	})
	if err != nil {
		return err
	}
	failpoint.Reach("custody.write.after")
	if err := c.refresh(w.touched); err != nil {
		return err
	}
	return c.cfg.After()
}

// sealAtOnce seals what was written, where the configuration says so.
func (c *Streams) sealAtOnce(w *Writer) error {
	if !c.cfg.SealAtOnce {
		return nil
	}
	return w.sealTouched()
}

// sealTouched seals the device's own streams that were touched.
func (w *Writer) sealTouched() error {
	for _, s := range w.touched {
		for s.Device == w.streams.cfg.Self.Device {
			b, err := w.Seal(w.version, s, w.streams.cfg.Key, w.streams.cfg.Now().UnixMilli())
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

// SealOwn seals all that the device has written, so that each of its streams ends with a
// batch.
func (w *Writer) SealOwn() error {
	err := w.Streams(func(info journal.StreamInfo) error {
		if info.Stream.Device == w.streams.cfg.Self.Device && info.Head > info.Sealed.Seq {
			w.touch(info.Stream)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.sealTouched()
}

// View reads from the journal.
func (c *Streams) View(fn func(*journal.Tx) error) error { return c.cfg.Journal.View(fn) }

func incarnation(tx *journal.Tx) (uint32, error) {
	raw, err := tx.Table(selfTable).Get(incarnationKey)
	if err != nil || len(raw) != 4 {
		return 1, err
	}
	return max(binary.BigEndian.Uint32(raw), 1), nil // an older build could count past the end
}

// Incarnation is the number the device writes under.
func (c *Streams) Incarnation() (n uint32, err error) {
	err = c.View(func(tx *journal.Tx) error {
		n, err = incarnation(tx)
		return err
	})
	return n, err
}

// Reached is how far a stream of the device is known to have been delivered.
type Reached struct {
	Head   uint64 // written here
	Parent uint64 // on the disk of the parent
	City   uint64 // covered by a receipt that counts and is for our bytes, and all is here that the city had said by then
}

// Reached returns how far a stream has been delivered, read in one transaction.
func (c *Streams) Reached(tx *journal.Tx, of change.Stream) (Reached, error) {
	info, ok, err := tx.Stream(of)
	if err != nil || !ok {
		return Reached{}, err
	}
	r := Reached{Head: info.Head}
	signed, err := recorded(tx, info)
	if err != nil {
		return r, err
	}
	if r.City, err = settled(tx, of, signed); err != nil {
		return r, err
	}
	parent, err := c.atParent(tx, of)
	r.Parent = max(min(parent, info.Head), signed)
	return r, err
}

// settled is how far a stream is recorded of what the city has signed for: less
// while words of the city are on their way.
func settled(tx *journal.Tx, of change.Stream, signed uint64) (uint64, error) {
	newest, err := tx.Receipt(of)
	if err != nil || newest == nil || signed == 0 {
		return 0, err
	}
	if ok, err := reached(tx, newest); err != nil || ok {
		return signed, err
	}
	return reachedBefore(tx, newest)
}

// recorded is the receipt's sequence if the city recorded exactly the bytes that
// are held here and the receipt is not void; else 0.
func recorded(tx *journal.Tx, info journal.StreamInfo) (uint64, error) {
	receipt, err := tx.Receipt(info.Stream)
	if err != nil || receipt == nil {
		return 0, err
	}
	if void, err := Void(tx, receipt); err != nil || void {
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
