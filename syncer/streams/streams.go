// Package streams is the journal as links see it. It checks batches before they
// are stored, stores them in one transaction with the records derived from them,
// and keeps in memory how far each stream goes, announcing every change.
//
// It also writes the device's own streams: Write adds to them, and when a parent
// proves that it has another history of one, the device continues under a new
// incarnation and writes again what the other history does not have.
package streams

import (
	"context"
	"crypto/ed25519"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/journal"
	"tongbu/syncer"
)

// Records is what is derived from the journal, in the same file. Its methods run
// in the transactions that change the journal, and may be run again.
type Records interface {
	// Apply applies a batch that was just stored. A batch it cannot read is no
	// error: it must not block the others.
	Apply(tx *journal.Tx, author change.UnitID, b *change.Batch) error
	// Rebuild derives all records from the journal again, after a history was
	// replaced.
	Rebuild(tx *journal.Tx) error
	// Reissue writes a change of a history that was replaced again, into the
	// stream; was is its name in that history.
	Reissue(tx *journal.Tx, in change.Stream, c *change.Change, was change.Dot) error
}

// Config of a device's streams. The fields from SealAtOnce on may be left out.
type Config struct {
	Journal  *journal.Store
	Self     syncer.Peer
	Root     change.UnitID // the city's unit: only its receipts count
	Key      ed25519.PrivateKey
	Verifier func() *identity.Verifier // called at each check of a certificate
	Tree     func() syncer.Tree
	Records  Records
	Now      func() time.Time

	// SealAtOnce seals a batch with each Write: for hubs, whose own changes must
	// show in their own view. A node leaves the tail open until a link asks for
	// it, so that one batch carries all that was written offline.
	SealAtOnce bool
	// Marked reports whether receipts say how far the city had spoken; nil: they do
	// not. It runs in the transaction that signs them.
	Marked func(*journal.Tx) (bool, error)
	// Batch is the version in which batches are sealed; nil: the lowest. It runs in
	// the transaction that seals.
	Batch func(*journal.Tx) (uint8, error)
	// Banned reports a revoked device.
	Banned func(change.DeviceID) bool
	// Units counts the units at or below one, for how many streams its devices
	// may have; nil: one.
	Units func(change.UnitID) int
	// Refused is called for each batch that is refused; nil: nothing is.
	Refused func(from Sender, in change.Stream, why error)
	// Signed is called with the latest time that the city has signed, of what came and
	// is on disk; nil: nobody asks.
	Signed func(at time.Time)
	// After runs when a transaction of Append or Write is on disk, before they
	// return: what depends on the records, like the tree, is updated there.
	After func() error
}

// Streams are the streams that one device holds. It is safe for concurrent use.
type Streams struct {
	cfg     Config
	index   index
	authors authors
	acks    acks
}

// Open reads what the journal holds.
func Open(cfg Config) (*Streams, error) {
	c := &Streams{cfg: cfg}
	c.index.init(cfg.Self.Device, cfg.Tree)
	c.acks.init()
	c.authors.init(cfg.Verifier)
	if cfg.Marked == nil {
		c.cfg.Marked = func(*journal.Tx) (bool, error) { return false, nil }
	}
	if cfg.Batch == nil {
		c.cfg.Batch = func(*journal.Tx) (uint8, error) { return change.BatchRows, nil }
	}
	if cfg.Banned == nil {
		c.cfg.Banned = func(change.DeviceID) bool { return false }
	}
	if cfg.Units == nil {
		c.cfg.Units = func(change.UnitID) int { return 1 }
	}
	if cfg.Refused == nil {
		c.cfg.Refused = func(Sender, change.Stream, error) {}
	}
	if cfg.Signed == nil {
		c.cfg.Signed = func(time.Time) {}
	}
	if cfg.After == nil {
		c.cfg.After = func() error { return nil }
	}
	err := cfg.Journal.View(func(tx *journal.Tx) error {
		return tx.Streams(func(info journal.StreamInfo) error {
			e, err := entryOf(tx, info)
			c.index.putLocked(e) // nobody else knows it yet
			return err
		})
	})
	return c, fault.Wrap("read the journal", err)
}

// Entries lists all streams held, and the version to pass to Since. The list is
// shared between callers: do not modify it.
func (c *Streams) Entries() ([]syncer.Entry, uint64) { return c.index.all() }

// Since lists the streams that changed after a version; the list as in Entries.
func (c *Streams) Since(version uint64) ([]syncer.Entry, uint64) { return c.index.since(version) }

// Changed is closed at the next change.
func (c *Streams) Changed() <-chan struct{} { return c.index.wait() }

// OwnEntries lists the device's own streams, in all incarnations.
func (c *Streams) OwnEntries() []syncer.Entry { return c.index.ownEntries() }

// Written is closed at the next change of an own stream.
func (c *Streams) Written() <-chan struct{} { return c.index.waitOwn() }

// Over is closed when all links must be opened again: a history was replaced, or
// the tree changed.
func (c *Streams) Over() <-chan struct{} { return c.index.ended() }

// Restart ends all links; they are opened again.
func (c *Streams) Restart() { c.index.endLinks() }

// Entry returns what is held of one stream.
func (c *Streams) Entry(of change.Stream) (syncer.Entry, bool) { return c.index.get(of) }

// Load reads batches after a mark. It returns Forked when the mark is not on
// the history held here, and Unavailable when the batch after it was cut off.
func (c *Streams) Load(of change.Stream, after change.Mark, limit int) (batches []*change.Batch, certificate []byte, err error) {
	err = c.cfg.Journal.View(func(tx *journal.Tx) error {
		if err := checkKept(tx, of, after); err != nil {
			return err
		}
		if batches, err = tx.Batches(of, after.Seq, limit); err != nil {
			return err
		}
		certificate, err = tx.Author(of.Device)
		return err
	})
	if err == nil && len(batches) > 0 && !batches[0].Follows(after) {
		err = fault.New(fault.Forked, "stream %s has another history at %d", of, after.Seq)
	}
	return batches, certificate, err
}

// LoadReceipt reads a stream's receipt and the certificate of the city that
// signed it; nil when there is none.
func (c *Streams) LoadReceipt(of change.Stream) (r *change.SignedReceipt, certificate []byte, err error) {
	err = c.cfg.Journal.View(func(tx *journal.Tx) error {
		if r, err = tx.Receipt(of); err != nil || r == nil {
			return err
		}
		certificate, err = tx.Author(r.City)
		return err
	})
	return r, certificate, err
}

// endsAtOnce is how many ends of batches one answer lists.
const endsAtOnce = 500

// Ends lists ends of batches below a sequence, newest first.
func (c *Streams) Ends(of change.Stream, before uint64) (ends []change.Mark, err error) {
	err = c.cfg.Journal.View(func(tx *journal.Tx) error {
		ends, err = tx.Boundaries(of, before, endsAtOnce)
		return err
	})
	return ends, err
}

// Match finds the newest of a peer's ends that is on the history held here.
func (c *Streams) Match(of change.Stream, ends []change.Mark) (m syncer.Matched, err error) {
	m = syncer.Matched{Stream: of}
	err = c.cfg.Journal.View(func(tx *journal.Tx) error {
		for _, end := range ends {
			m.Lowest = end.Seq
			ours, err := tx.Boundaries(of, end.Seq+1, 1)
			if err != nil {
				return err
			}
			if len(ours) == 1 && ours[0] == end {
				m.Mark, m.Found = end, true
				return nil
			}
		}
		return nil
	})
	return m, err
}

// Self names the device whose streams these are.
func (c *Streams) Self() syncer.Peer { return c.cfg.Self }

// sealedTogether is how many batches of a tail one transaction seals. Batches
// are small: if each were sealed only when the one before had been acknowledged,
// a slow line would wait a round trip for each.
const sealedTogether = 8

// Seal seals the open tail of an own stream.
func (c *Streams) Seal(ctx context.Context, of change.Stream) error {
	err := c.update(ctx, func(tx *journal.Tx) error {
		version, err := c.cfg.Batch(tx)
		if err != nil {
			return err
		}
		for range sealedTogether {
			b, err := tx.Seal(version, of, c.cfg.Key, c.cfg.Now().UnixMilli())
			if b == nil || err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fault.Wrap("seal a batch", err)
	}
	failpoint.Reach("custody.seal.after")
	return c.refresh([]change.Stream{of})
}

// refresh reads the streams again and announces them, after a commit.
func (c *Streams) refresh(streams []change.Stream) error {
	return c.index.refresh(streams, func(of change.Stream) (e syncer.Entry, found bool, err error) {
		err = c.cfg.Journal.View(func(tx *journal.Tx) error {
			info, ok, err := tx.Stream(of)
			if err != nil {
				return err
			}
			if !ok {
				info.Stream = of
			}
			e, err = entryOf(tx, info)
			found = ok || e.Receipt != (syncer.ReceiptAt{})
			return err
		})
		return e, found, err
	})
}

func entryOf(tx *journal.Tx, info journal.StreamInfo) (syncer.Entry, error) {
	e := syncer.Entry{Stream: info.Stream, Author: info.Author, Sealed: info.Sealed, Head: info.Head}
	var err error
	e.Receipt, err = receiptAt(tx, info.Stream)
	return e, err
}
