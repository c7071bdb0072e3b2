package journal

import (
	"bytes"
	"math"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// packSize is how many bytes of changes, before compression, are packed together.
// One of them costs the reading of all.
const packSize = 128 << 10

// Cutting is what one step of Cut did.
type Cutting struct {
	Batches, Changes int
	Bytes            int         // that the batches took where they were stored
	Base             change.Mark // where batches begin now
	More             bool        // another step would cut more
}

// Cut takes batches off the beginning of a stream and keeps what they hold: every
// change stays readable (Change, Kept), and so do the ends of the batches
// (Boundaries). What goes is their signatures and their arrivals: nobody can be given
// such a batch from here any more. So whoever calls it knows that another has them.
//
// It cuts no batch that ends above below, not the last one of the stream, none that a
// cursor has not passed, and nothing of a stream of which a fork was seen. It reads
// about most bytes, one batch at least, so that a transaction is short; the caller
// calls it again, in another, while there is More. A file of which a stream was cut is
// of a version of its own, which earlier programs do not open.
//
// It returns NotFound for an unknown stream, and Damaged.
func (tx *Tx) Cut(s change.Stream, below uint64, most int) (c Cutting, err error) {
	tx.last = unpacked{}
	r, err := tx.readRow(s)
	if err != nil {
		return c, err
	}
	if r == nil {
		return c, fault.New(fault.NotFound, "no stream of device %s is stored", s.Device)
	}
	c.Base = r.base
	if r.parked {
		return c, nil
	}
	found, more, err := tx.cuttable(s, r, below, most)
	if err != nil || len(found) == 0 {
		return c, err
	}
	if err := tx.markCut(); err != nil {
		return c, err
	}
	if err := tx.packBatches(s, r, found); err != nil {
		return c, err
	}
	failpoint.Reach("journal.cut.packed")
	for _, f := range found {
		if err := tx.removeBatch(r, f); err != nil {
			return c, err
		}
		c.Batches, c.Changes, c.Bytes = c.Batches+1, c.Changes+int(f.batch.Count), c.Bytes+f.bytes
	}
	failpoint.Reach("journal.cut.removed")
	r.base = found[len(found)-1].batch.End()
	c.Base, c.More = r.base, more
	return c, tx.putRow(s, r)
}

// cutBatch is a batch that is cut off.
type cutBatch struct {
	batch   *change.Batch
	arrival uint64
	author  change.UnitID
	bytes   int // as it is stored
}

// cuttable reads the next batches that may be cut off; more: others follow.
func (tx *Tx) cuttable(s change.Stream, r *row, below uint64, most int) (found []cutBatch, more bool, err error) {
	passed, err := tx.lowestCursor()
	if err != nil {
		return nil, false, err
	}
	size := 0
	err = tx.ascend(bucketBatches, placeKey(r.number, r.base.Seq+1), numberKey(r.number), func(key, stored []byte) error {
		h, err := tx.box.readHead(key, stored)
		if err != nil {
			return err
		}
		if !h.mayGo(r, below, passed) {
			return ErrStop
		}
		if size += len(stored); len(found) > 0 && size > most {
			more = true
			return ErrStop
		}
		b, h, err := tx.box.readBatch(s, key, stored)
		if err != nil {
			return err
		}
		f := cutBatch{batch: b, arrival: h.arrival, bytes: len(stored)}
		if f.author, err = checkArrivalOf(tx, r.number, b, h); err != nil {
			return err
		}
		found = append(found, f)
		return nil
	})
	return found, more, err
}

// Cuttable is what Cut would take off the stream in all, in any number of steps. It
// returns Damaged.
func (tx *Tx) Cuttable(s change.Stream, below uint64) (c Cutting, err error) {
	r, err := tx.readRow(s)
	if err != nil || r == nil || r.parked {
		return c, err
	}
	passed, err := tx.lowestCursor()
	if err != nil {
		return c, err
	}
	c.Base = r.base
	err = tx.ascend(bucketBatches, placeKey(r.number, r.base.Seq+1), numberKey(r.number), func(key, stored []byte) error {
		h, err := tx.box.readHead(key, stored)
		if err != nil {
			return err
		}
		if !h.mayGo(r, below, passed) {
			return ErrStop
		}
		c.Batches, c.Bytes = c.Batches+1, c.Bytes+len(stored)
		c.Changes += int(h.last - c.Base.Seq)
		c.Base = h.end()
		return nil
	})
	return c, err
}

// mayGo reports whether a batch may be cut off.
func (h head) mayGo(r *row, below, passed uint64) bool {
	return h.last <= below && h.last < r.sealed.Seq && h.arrival <= passed
}

// lowestCursor is how far every consumer of arrivals has come.
func (tx *Tx) lowestCursor() (lowest uint64, err error) {
	lowest = math.MaxUint64
	err = tx.ascend(bucketCursors, nil, nil, func(key, _ []byte) error {
		at, err := tx.readCount(bucketCursors, key)
		lowest = min(lowest, at)
		return err
	})
	return lowest, err
}

func (tx *Tx) removeBatch(r *row, f cutBatch) error {
	if err := tx.delete(bucketArrivals, countKey(f.arrival)); err != nil {
		return err
	}
	return tx.delete(bucketBatches, placeKey(r.number, f.batch.First))
}

// markCut gives the file the version of those that were cut.
func (tx *Tx) markCut() error {
	if _, err := tx.tx.CreateBucketIfNotExists([]byte(bucketPacks)); err != nil {
		return storeFault(bucketPacks, err)
	}
	file := tx.tx.Bucket([]byte(bucketFile))
	version := addSum([]byte(fileVersion), countKey(cutVersion))
	if bytes.Equal(file.Get([]byte(fileVersion)), version) {
		return nil
	}
	return storeFault(bucketFile, file.Put([]byte(fileVersion), version))
}
