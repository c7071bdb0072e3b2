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

// packBatches stores what batches hold behind what is kept already.
func (tx *Tx) packBatches(s change.Stream, r *row, found []cutBatch) error {
	p, changes, size, err := tx.openPack(s, r)
	if err != nil {
		return err
	}
	for _, f := range found {
		raws, err := f.batch.Raw()
		if err != nil {
			return err
		}
		adds := 0
		for _, raw := range raws {
			adds += changeFrame + len(raw)
		}
		if p != nil && (p.author != f.author || size+adds > packSize || len(changes)+len(raws) > change.MaxBatchChanges) {
			if err := tx.putPack(s, r.number, p, changes); err != nil {
				return err
			}
			p = nil
		}
		if p == nil {
			p, changes, size = &pack{first: f.batch.First, author: f.author}, nil, 0
		}
		p.ends, changes, size = append(p.ends, f.batch.End()), append(changes, raws...), size+adds
	}
	return tx.putPack(s, r.number, p, changes)
}

// openPack is the last pack of a stream, to which more may be added; nil: there is none.
func (tx *Tx) openPack(s change.Stream, r *row) (p *pack, changes [][]byte, size int, err error) {
	if p, err = tx.packAt(r, r.base.Seq); err != nil || p == nil {
		return nil, nil, 0, err
	}
	if changes, err = p.unpack(s); err != nil {
		return nil, nil, 0, err
	}
	for _, raw := range changes {
		size += changeFrame + len(raw)
	}
	return p, changes, size, nil
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

// uncut takes what is kept beyond a boundary away and returns it. The stream's row is
// the caller's to store.
func (tx *Tx) uncut(s change.Stream, r *row, keep uint64) (gone []keptChange, err error) {
	for at := r.base.Seq; at > keep; {
		p, err := tx.packAt(r, at)
		if err == nil && p == nil {
			err = fault.New(fault.Damaged, "change %d of a stream, whose batch was cut off, is missing", at)
		}
		if err != nil {
			return nil, err
		}
		changes, err := p.unpack(s)
		if err != nil {
			return nil, err
		}
		stays := int(max(keep, p.first-1) - (p.first - 1))
		for i := len(changes) - 1; i >= stays; i-- {
			gone = append(gone, keptChange{p.first + uint64(i), changes[i]})
		}
		if err := tx.delete(bucketPacks, placeKey(r.number, p.first)); err != nil {
			return nil, err
		}
		if stays > 0 {
			p.ends = p.ends[:p.endIndex(keep)+1]
			if err := tx.putPack(s, r.number, p, changes[:stays]); err != nil {
				return nil, err
			}
		}
		at = p.first - 1
	}
	return gone, nil
}

// keptChange is a change with its sequence.
type keptChange struct {
	seq uint64
	raw []byte
}
