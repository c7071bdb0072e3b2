package streams

import (
	"context"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

// StoreReceipt checks that the city signed the receipts and stores those that
// are newer than what is held, in one transaction. It returns Denied or Damaged
// for one that is not the city's, NotFound when the city's certificate is not
// here. The city itself stores none: see checkLost. One that lies beyond what can be
// is not stored, and is no reason to end the link: an older city may have signed it
// for a stream that an older relay brought.
func (c *Streams) StoreReceipt(ctx context.Context, signed ...[]byte) error {
	receipts := make([]*change.SignedReceipt, 0, len(signed))
	for _, raw := range signed {
		r, err := c.verifyReceipt(raw)
		if err != nil {
			return err
		}
		if !isBeyond(r) {
			receipts = append(receipts, r)
		}
	}
	if c.cfg.Self.Unit == c.cfg.Root {
		return c.checkLost(ctx, receipts)
	}
	news, err := c.onlyNewer(receipts)
	if err != nil || len(news) == 0 {
		return err
	}
	failpoint.Reach("custody.receipt.before")
	err = c.update(ctx, func(tx *journal.Tx) error { return c.putReceipts(tx, news) })
	if err != nil {
		return fault.Wrap("store receipts", err)
	}
	failpoint.Reach("custody.receipt.after")
	streams, latest := make([]change.Stream, len(news)), int64(0)
	for i, r := range news {
		streams[i], latest = r.Stream, max(latest, r.At)
	}
	c.cfg.Signed(time.UnixMilli(latest))
	return c.refresh(streams)
}

// verifyReceipt parses a receipt and checks that a device of the city signed it.
func (c *Streams) verifyReceipt(signed []byte) (*change.SignedReceipt, error) {
	r, err := change.ParseReceipt(signed)
	if err != nil {
		return nil, err
	}
	who, err := c.author(r.City)
	if err != nil {
		return nil, err
	}
	if !access.Receipt(who.unit, c.cfg.Root) {
		return nil, fault.New(fault.Denied, "a receipt was signed by device %s, which is not the city's", r.City)
	}
	return r, r.Verify(who.key)
}

// isBeyond reports whether a number of the receipt is above its top.
func isBeyond(r *change.SignedReceipt) bool {
	return r.Stream.Incarnation > syncer.MaxIncarnation || r.Seq > syncer.MaxSeq || r.Epoch > syncer.MaxEpoch || !syncer.IsTime(r.At)
}

// onlyNewer drops the receipts that are held already. A peer with another path to
// the city sends mostly those, and they must not cost an fsync.
func (c *Streams) onlyNewer(receipts []*change.SignedReceipt) (news []*change.SignedReceipt, err error) {
	err = c.View(func(tx *journal.Tx) error {
		for _, r := range receipts {
			held, err := tx.Receipt(r.Stream)
			if err != nil {
				return err
			}
			if held == nil || r.Newer(&held.Receipt) {
				news = append(news, r)
			}
		}
		return nil
	})
	return news, err
}

func (c *Streams) putReceipts(tx *journal.Tx, news []*change.SignedReceipt) error {
	known, err := Epoch(tx)
	if err != nil {
		return err
	}
	top := known
	for _, r := range news {
		if r.Stream.Device == c.cfg.Self.Device && r.Spoken.Seq > 0 {
			if err := keepReached(tx, r.Stream); err != nil {
				return err
			}
		}
		if _, err := tx.PutReceipt(r); err != nil {
			return err
		}
		top = max(top, r.Epoch)
	}
	if top == known {
		return nil
	}
	return putEpoch(tx, top)
}

// Record signs a receipt: the city has recorded a stream up to the mark.
func (w *Writer) Record(of change.Stream, m change.Mark) error {
	epoch, err := Epoch(w.Tx)
	if err != nil {
		return err
	}
	c := w.streams.cfg
	r := change.Receipt{City: c.Self.Device, Stream: of, Seq: m.Seq, Hash: m.Hash, Epoch: epoch, At: c.Now().UnixMilli()}
	if r.Spoken, err = w.spokenTo(of); err != nil {
		return err
	}
	signed, err := r.Sign(c.Key)
	if err != nil {
		return err
	}
	w.touch(of)
	_, err = w.PutReceipt(signed)
	return err
}

// receiptAt is the epoch and sequence of the stream's receipt; zero: there is
// none.
func receiptAt(tx *journal.Tx, of change.Stream) (syncer.ReceiptAt, error) {
	r, err := tx.Receipt(of)
	if err != nil || r == nil {
		return syncer.ReceiptAt{}, err
	}
	return syncer.ReceiptAt{Epoch: r.Epoch, Seq: r.Seq}, nil
}
