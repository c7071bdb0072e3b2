package journal

import (
	"crypto/sha256"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// maxForks bounds the evidence Append keeps of one stream: a clone that goes
// on for ever must not fill the disk, and a few batches prove it.
const maxForks = 16

const (
	evidenceBatch  = 1
	evidenceChange = 2
)

// Evidence is a batch, or a change not yet sealed, that was set aside because
// it stands beside a stream's history.
type Evidence struct {
	Stream change.Stream
	First  uint64
	Batch  *change.Batch // nil for a change
	Change []byte        // encoded; nil for a batch
}

// Forks calls fn for the evidence of a stream, in order of sequences, until
// fn returns an error (ErrStop: none). It returns Damaged.
func (tx *Tx) Forks(s change.Stream, fn func(Evidence) error) error {
	r, err := tx.readRow(s)
	if err != nil || r == nil {
		return err
	}
	return tx.ascend(bucketForks, nil, numberKey(r.number), func(key, stored []byte) error {
		e, err := tx.box.readEvidence(s, key, stored)
		if err != nil {
			return err
		}
		return fn(e)
	})
}

func (b *box) readEvidence(s change.Stream, key, stored []byte) (Evidence, error) {
	plain, err := b.open(bucketForks, key, stored)
	if err != nil {
		return Evidence{}, fault.Wrap("read forks", err)
	}
	_, first, err := parsePlace(key)
	if err != nil || len(plain) == 0 {
		return Evidence{}, fault.New(fault.Damaged, "evidence of a fork is malformed")
	}
	e := Evidence{Stream: s, First: first}
	switch raw := plain[1:]; plain[0] {
	case evidenceBatch:
		e.Batch, err = change.ParseBatch(raw)
	case evidenceChange:
		e.Change = raw
	default:
		err = fault.New(fault.Damaged, "evidence of a fork is of an unknown form")
	}
	return e, err
}

// parkStream keeps the batch as evidence, up to maxForks, and marks the stream.
func (tx *Tx) parkStream(r *row, b *change.Batch) error {
	kept := 0
	err := tx.ascend(bucketForks, nil, numberKey(r.number), func(_, _ []byte) error {
		kept++
		return nil
	})
	if err != nil {
		return err
	}
	if kept < maxForks {
		if err := tx.keepEvidence(r, b.First, b.Hash(), evidenceBatch, b.Bytes()); err != nil {
			return err
		}
	}
	if r.parked {
		return nil
	}
	r.parked = true
	return tx.putRow(b.Stream, r)
}

func (tx *Tx) keepEvidence(r *row, seq uint64, name change.Hash, form byte, raw []byte) error {
	return tx.put(bucketForks, append(placeKey(r.number, seq), name[:]...), append([]byte{form}, raw...))
}

// Truncate moves all batches, kept changes and the tail beyond the boundary keep aside
// as evidence, takes them out of the arrival order, and lets the stream end at
// keep: for when another history of the stream wins. It returns how many
// changes moved. Arrival numbers are not used again; a consumer that has
// passed them must be rebuilt by the caller.
//
// It returns Invalid when keep is no boundary, NotFound for an unknown
// stream, and Damaged.
func (tx *Tx) Truncate(s change.Stream, keep uint64) (moved int, err error) {
	tx.last = unpacked{}
	r, err := tx.readRow(s)
	if err != nil {
		return 0, err
	}
	if r == nil {
		return 0, fault.New(fault.NotFound, "no stream of device %s is stored", s.Device)
	}
	end, err := tx.boundaryAt(r, keep)
	if err != nil {
		return 0, err
	}
	changes, err := tx.moveTail(r)
	if err != nil {
		return 0, err
	}
	failpoint.Reach("journal.truncate.tail")
	moved, err = tx.moveBatches(s, r, end.Seq)
	if err != nil {
		return 0, err
	}
	kept, err := tx.moveKept(s, r, end.Seq)
	if err != nil {
		return 0, err
	}
	r.sealed = end
	if r.base.Seq > end.Seq {
		r.base = end
	}
	return changes + moved + kept, tx.putRow(s, r)
}

// boundaryAt returns the mark of the stream at a boundary.
func (tx *Tx) boundaryAt(r *row, seq uint64) (change.Mark, error) {
	switch seq {
	case r.sealed.Seq:
		return r.sealed, nil
	case r.base.Seq:
		return r.base, nil
	case 0:
		return change.Mark{}, nil
	}
	if end, found, err := tx.keptEnd(r, seq); err != nil || found {
		return end, err
	}
	first, h, err := tx.findBatch(r, seq)
	if err != nil {
		return change.Mark{}, err
	}
	if first == 0 || h.last != seq {
		return change.Mark{}, fault.New(fault.Invalid, "sequence %d is not the end of a batch", seq)
	}
	return h.end(), nil
}

func (tx *Tx) moveTail(r *row) (int, error) {
	moved := 0
	err := tx.ascend(bucketTails, nil, numberKey(r.number), func(key, stored []byte) error {
		raw, err := tx.box.open(bucketTails, key, stored)
		if err != nil {
			return fault.Wrap("read tails", err)
		}
		_, seq, err := parsePlace(key)
		if err != nil {
			return err
		}
		if err := tx.keepEvidence(r, seq, sha256.Sum256(raw), evidenceChange, raw); err != nil {
			return err
		}
		moved++
		return tx.delete(bucketTails, key)
	})
	return moved, err
}

// moveKept moves the changes that are kept beyond the boundary, whose batches were cut
// off.
func (tx *Tx) moveKept(s change.Stream, r *row, keep uint64) (int, error) {
	gone, err := tx.uncut(s, r, keep)
	for _, c := range gone {
		if err == nil {
			err = tx.keepEvidence(r, c.seq, sha256.Sum256(c.raw), evidenceChange, c.raw)
		}
	}
	return len(gone), err
}

func (tx *Tx) moveBatches(s change.Stream, r *row, keep uint64) (int, error) {
	moved := 0
	err := tx.ascend(bucketBatches, placeKey(r.number, keep+1), numberKey(r.number), func(key, stored []byte) error {
		b, h, err := tx.box.readBatch(s, key, stored)
		if err != nil {
			return err
		}
		if err := tx.keepEvidence(r, b.First, b.Hash(), evidenceBatch, b.Bytes()); err != nil {
			return err
		}
		if err := tx.delete(bucketArrivals, countKey(h.arrival)); err != nil {
			return err
		}
		moved += int(b.Count)
		return tx.delete(bucketBatches, key)
	})
	return moved, err
}
