package streams

import (
	"context"
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

var epochKey = []byte("epoch")

// Epoch is the city's newest epoch that is known here, at the city its own: 1
// until the city first lost something it had signed for.
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

// Void reports whether a receipt counts for nothing any more: the city has
// begun a later epoch since, and has not said again that it has the stream.
func Void(tx *journal.Tx, r *change.SignedReceipt) (bool, error) {
	epoch, err := Epoch(tx)
	return r.Epoch < epoch, err
}

// Renew begins a new incarnation, above all that are known by so many, and at
// the city a new epoch, in one transaction: for a directory that was restored,
// or whose journal was lost. What others still hold under the former name
// comes back by itself.
func (c *Streams) Renew(ctx context.Context, by uint32) error {
	return c.Write(ctx, func(w *Writer) error {
		if err := c.reincarnate(w.Tx, by); err != nil || c.cfg.Self.Unit != c.cfg.Root {
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

// PutBack is the last arrival that was in the city's journal when it was last
// put back by Renew: what came later is new to it. 0: it never was.
func PutBack(tx *journal.Tx) (uint64, error) {
	raw, err := tx.Table(selfTable).Get(putBackKey)
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}

// confront holds receipts that others show against what the city itself
// holds. One that it has signed and does not have proves that its directory is
// an older copy: then it goes on in an epoch above that one and under a new
// incarnation, before anything new is said under the old names, and all links
// begin anew so that everything it lacks is asked for. The signature is the
// proof; nobody's word alone moves the epoch.
func (c *Streams) confront(ctx context.Context, receipts []*change.SignedReceipt) error {
	var top uint64
	look := func(tx *journal.Tx) (err error) {
		top, err = unknown(tx, receipts)
		return err
	}
	if err := c.View(look); err != nil || top == 0 {
		return err
	}
	err := c.Write(ctx, func(w *Writer) error {
		if err := look(w.Tx); err != nil || top == 0 {
			return err
		}
		if err := c.reincarnate(w.Tx, 1); err != nil {
			return err
		}
		return w.raiseEpoch(top)
	})
	if err == nil && top > 0 {
		c.Restart()
	}
	return err
}

// unknown is the highest epoch among receipts that the city does not have, 0
// when it has them all.
func unknown(tx *journal.Tx, receipts []*change.SignedReceipt) (top uint64, err error) {
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

// raiseEpoch begins an epoch above all that are known and signs everything
// anew that the city has. Its own streams get receipts too: everybody carries
// one of them, and so hears of the epoch whose own streams the city has lost.
func (w *Writer) raiseEpoch(above uint64) error {
	now, err := Epoch(w.Tx)
	if err != nil {
		return err
	}
	if err := putEpoch(w.Tx, max(now, above)+1); err != nil {
		return err
	}
	marks, err := w.marks()
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

// marks are what the city has recorded of each stream, and has said itself.
func (w *Writer) marks() (map[change.Stream]change.Mark, error) {
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
