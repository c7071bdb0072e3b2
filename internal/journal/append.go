package journal

import (
	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// Outcome is what Append did with a batch.
type Outcome uint8

// The outcomes.
const (
	Stored Outcome = iota + 1 // the next batch of its stream, now stored
	Known                     // the same batch is there already
	Gap                       // batches before it are missing; nothing stored
	Fork                      // another batch or boundary stands under these numbers
)

func (o Outcome) String() string {
	switch o {
	case Stored:
		return "stored"
	case Known:
		return "known"
	case Gap:
		return "gap"
	case Fork:
		return "fork"
	}
	return "unknown"
}

// Append stores a batch, verified by the caller, of a device of the author
// unit, and enters it in the arrival order.
//
// At a Fork nothing of the stream's history changes: the batch is kept as
// evidence and the stream marked Parked. A parked stream still takes batches
// that follow its history; what to do about it is for the caller. A batch that was
// cut off is Known by its end.
// It returns Invalid for a malformed author, and Damaged.
func (tx *Tx) Append(author change.UnitID, b *change.Batch) (Outcome, error) {
	r, err := tx.readRow(b.Stream)
	if err != nil {
		return 0, err
	}
	if r == nil {
		if b.First != 1 {
			return Gap, nil
		}
		if r, err = tx.rowFor(b.Stream, author); err != nil {
			return 0, err
		}
	}
	outcome, err := tx.judgeBatch(r, b)
	if err != nil {
		return 0, err
	}
	switch outcome {
	case Stored:
		r.author = author
		failpoint.Reach("journal.append.judged")
		return Stored, tx.storeBatch(r, b)
	case Fork:
		return Fork, tx.parkStream(r, b)
	}
	return outcome, nil
}

func (tx *Tx) judgeBatch(r *row, b *change.Batch) (Outcome, error) {
	switch {
	case b.First > r.sealed.Seq+1:
		return Gap, nil
	case b.First == r.sealed.Seq+1:
		if !b.Follows(r.sealed) || tx.headOf(r) > r.sealed.Seq {
			return Fork, nil
		}
		return Stored, nil
	case b.First <= r.base.Seq:
		end, found, err := tx.keptEnd(r, b.Last())
		if err == nil && found && end == b.End() {
			return Known, nil
		}
		return Fork, err
	}
	first, h, err := tx.findBatch(r, b.First)
	if err != nil {
		return 0, err
	}
	if first == b.First && h.end() == b.End() {
		return Known, nil
	}
	return Fork, nil
}

// storeBatch puts the batch after the last one.
func (tx *Tx) storeBatch(r *row, b *change.Batch) error {
	if err := r.author.Validate(); err != nil {
		return fault.Wrap("author of a stream", err)
	}
	no, err := tx.addArrival(&entry{number: r.number, first: b.First, last: b.Last(), at: tx.now().UnixMilli(), author: r.author})
	if err != nil {
		return err
	}
	key := placeKey(r.number, b.First)
	h := head{arrival: no, last: b.Last(), hash: b.Hash()}
	if err := tx.putStored(bucketBatches, key, tx.box.sealBatch(key, h.encode(), b.Bytes())); err != nil {
		return err
	}
	failpoint.Reach("journal.batch.stored")
	r.sealed = b.End()
	return tx.putRow(b.Stream, r)
}
