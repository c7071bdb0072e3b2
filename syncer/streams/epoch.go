package streams

import (
	"context"
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

var epochKey = []byte("epoch")

// Epoch is the newest epoch of the city that is known here; at the city its own.
// It is 1 until the city first loses something it had signed for.
func Epoch(tx *journal.Tx) (uint64, error) {
	raw, err := tx.Table(selfTable).Get(epochKey)
	if err != nil || len(raw) != 8 {
		return 1, err
	}
	return binary.BigEndian.Uint64(raw), nil
}

func putEpoch(tx *journal.Tx, n uint64) error {
	return tx.Table(selfTable).Put(epochKey, binary.BigEndian.AppendUint64(nil, n))
}

// Void reports whether a receipt counts for nothing any more: the city has begun
// a later epoch since and has not signed for the stream again.
func Void(tx *journal.Tx, r *change.SignedReceipt) (bool, error) {
	epoch, err := Epoch(tx)
	return r.Epoch < epoch, err
}

// Renew begins a new incarnation, the highest known plus by, and at the city a
// new epoch, in one transaction: for a directory that was restored, or whose
// journal was lost. What others still hold of the former incarnations comes back
// by replication.
func (c *Streams) Renew(ctx context.Context, by uint32) error {
	return c.Write(ctx, func(w *Writer) error {
		if err := c.beginIncarnation(w.Tx, by); err != nil {
			return err
		}
		if err := noteRenewed(w.Tx, w.LastArrival()); err != nil || c.cfg.Self.Unit != c.cfg.Root {
			return err
		}
		last := binary.BigEndian.AppendUint64(nil, w.LastArrival())
		if err := w.Table(selfTable).Put(putBackKey, last); err != nil {
			return err
		}
		return w.raiseEpoch(0)
	})
}

var putBackKey = []byte("put back")

// PutBack is the last arrival in the city's journal when Renew was last called:
// what arrived later came after the restore. 0: it never was.
func PutBack(tx *journal.Tx) (uint64, error) {
	raw, err := tx.Table(selfTable).Get(putBackKey)
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}

// checkLost compares receipts that peers send with those the city holds. One
// that the city has signed and does not have proves that its directory is an
// older copy. Then it begins an epoch above that one and a new incarnation,
// before it writes anything under the old ones, and all links are opened again
// so that peers send what it lacks. Only the city's own signature is proof; no
// claim of a peer raises the epoch.
func (c *Streams) checkLost(ctx context.Context, receipts []*change.SignedReceipt) error {
	var top uint64
	look := func(tx *journal.Tx) (err error) {
		top, err = lostEpoch(tx, receipts)
		return err
	}
	if err := c.View(look); err != nil || top == 0 {
		return err
	}
	err := c.Write(ctx, func(w *Writer) error {
		if err := look(w.Tx); err != nil || top == 0 {
			return err
		}
		if err := c.beginIncarnation(w.Tx, 1); err != nil {
			return err
		}
		return w.raiseEpoch(top)
	})
	if err == nil && top > 0 {
		c.Restart()
	}
	return err
}

// lostEpoch is the highest epoch among receipts that the city does not have, 0
// when it has them all.
func lostEpoch(tx *journal.Tx, receipts []*change.SignedReceipt) (top uint64, err error) {
	epoch, err := Epoch(tx)
	if err != nil {
		return 0, err
	}
	for _, r := range receipts {
		held, err := receiptAt(tx, r.Stream)
		if err != nil {
			return 0, err
		}
		if r.Epoch >= epoch && (syncer.ReceiptAt{Epoch: r.Epoch, Seq: r.Seq}).Newer(held) {
			top = max(top, r.Epoch)
		}
	}
	return top, nil
}

// raiseEpoch begins an epoch above all that are known and signs receipts for
// everything the city has. Its own streams get receipts too: every device has
// one of them, so a device whose own streams the city has lost hears of the
// epoch as well.
func (w *Writer) raiseEpoch(above uint64) error {
	now, err := Epoch(w.Tx)
	if err != nil {
		return err
	}
	next := max(now, above) + 1
	if next > syncer.MaxEpoch || next == 0 {
		return fault.New(fault.Exhausted, "no epoch is left after %d", next-1).
			WithHint("the city's key is in other hands, since it counts by one: found the network again")
	}
	if err := putEpoch(w.Tx, next); err != nil {
		return err
	}
	marks, err := w.recordedMarks()
	if err != nil {
		return err
	}
	for s, m := range marks {
		if err := w.Record(s, m); err != nil {
			return err
		}
	}
	return nil
}

// recordedMarks are how far the city has recorded each stream of others and
// sealed each of its own.
func (w *Writer) recordedMarks() (map[change.Stream]change.Mark, error) {
	marks := map[change.Stream]change.Mark{}
	err := w.Receipts(func(r *change.SignedReceipt) error {
		marks[r.Stream] = r.Mark()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return marks, w.Streams(func(info journal.StreamInfo) error {
		if info.Stream.Device == w.streams.cfg.Self.Device && info.Sealed.Seq > 0 {
			marks[info.Stream] = info.Sealed
		}
		return nil
	})
}
