package journal

import (
	"bytes"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Batches returns consecutive batches, beginning with the one that holds
// after+1: at least one if there is any, and further ones while all together
// have no more than maxBytes sealed bytes. When after lies before Base they
// begin behind Base; the caller compares. It returns Damaged.
func (tx *Tx) Batches(s change.Stream, after uint64, maxBytes int) ([]*change.Batch, error) {
	r, err := tx.readRow(s)
	if err != nil || r == nil || after >= r.sealed.Seq {
		return nil, err
	}
	from, _, err := tx.findBatch(r, max(after, r.base.Seq)+1)
	if err != nil {
		return nil, err
	}
	var batches []*change.Batch
	size := 0
	err = tx.ascend(bucketBatches, placeKey(r.number, from), numberKey(r.number), func(key, stored []byte) error {
		if size += len(stored); len(batches) > 0 && size > maxBytes {
			return ErrStop
		}
		b, _, err := tx.box.readBatch(s, key, stored)
		if err != nil {
			return err
		}
		if n := len(batches); n > 0 && !b.Follows(batches[n-1].End()) {
			return fault.New(fault.Damaged, "stored batches at sequence %d do not chain", b.First)
		}
		batches = append(batches, b)
		return nil
	})
	return batches, err
}

// Change returns one encoded change, also one whose batch was cut off. It returns
// NotFound when the store does not have it, and Damaged.
func (tx *Tx) Change(s change.Stream, seq uint64) ([]byte, error) {
	r, err := tx.readRow(s)
	if err != nil {
		return nil, err
	}
	if r != nil && seq > 0 && seq <= r.base.Seq {
		return tx.readKept(s, r, seq)
	}
	if r == nil || seq == 0 {
		return nil, fault.New(fault.NotFound, "change %d of a stream is not stored", seq)
	}
	if seq > r.sealed.Seq {
		return tx.tailChange(r, seq)
	}
	first, _, err := tx.findBatch(r, seq)
	if err != nil {
		return nil, err
	}
	changes, err := tx.unpackChanges(s, r.number, first)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(changes[seq-first]), nil
}

// unpacked is the batch whose changes were read last: who reads one often
// reads the next.
type unpacked struct {
	number  uint32
	first   uint64
	changes [][]byte
}

func (tx *Tx) unpackChanges(s change.Stream, number uint32, first uint64) ([][]byte, error) {
	if tx.last.number == number && tx.last.first == first {
		return tx.last.changes, nil
	}
	key := placeKey(number, first)
	b, _, err := tx.box.readBatch(s, key, tx.tx.Bucket([]byte(bucketBatches)).Get(key))
	if err != nil {
		return nil, err
	}
	changes, err := b.Raw()
	if err != nil {
		return nil, err
	}
	tx.last = unpacked{number: number, first: first, changes: changes}
	return changes, nil
}

func (tx *Tx) tailChange(r *row, seq uint64) ([]byte, error) {
	raw, err := tx.get(bucketTails, placeKey(r.number, seq))
	if err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, fault.New(fault.NotFound, "change %d of a stream is not stored", seq)
	}
	return raw, nil
}

// Boundaries returns the ends of batches, newest first, with a sequence below
// before (0: from the head), those that were cut off too. It returns at most limit,
// and Damaged.
func (tx *Tx) Boundaries(s change.Stream, before uint64, limit int) ([]change.Mark, error) {
	r, err := tx.readRow(s)
	if err != nil || r == nil {
		return nil, err
	}
	if before == 0 || before > r.sealed.Seq {
		before = r.sealed.Seq + 1
	}
	var marks []change.Mark
	c := tx.tx.Bucket([]byte(bucketBatches)).Cursor()
	k, v := lastAtMost(c, placeKey(r.number, before))
	for ; bytes.HasPrefix(k, numberKey(r.number)) && len(marks) < limit; k, v = c.Prev() {
		h, err := tx.box.readHead(k, v)
		if err != nil {
			return nil, err
		}
		if h.last < before {
			marks = append(marks, h.end())
		}
	}
	kept, err := tx.keptEnds(r, before, limit-len(marks))
	return append(marks, kept...), err
}

// findBatch returns the first sequence and the head of the batch that holds seq,
// which the row says is stored; Damaged when it is not.
func (tx *Tx) findBatch(r *row, seq uint64) (uint64, head, error) {
	if seq <= r.base.Seq || seq > r.sealed.Seq {
		return 0, head{}, nil
	}
	k, v := lastAtMost(tx.tx.Bucket([]byte(bucketBatches)).Cursor(), placeKey(r.number, seq))
	if len(k) != placeSize || !bytes.HasPrefix(k, numberKey(r.number)) {
		return 0, head{}, fault.New(fault.Damaged, "the batch with sequence %d is missing", seq)
	}
	h, err := tx.box.readHead(k, v)
	if err != nil {
		return 0, head{}, err
	}
	_, first, err := parsePlace(k)
	if err == nil && h.last < seq {
		err = fault.New(fault.Damaged, "the batch with sequence %d is missing", seq)
	}
	return first, h, err
}

// readHead reads the head of a batch without touching the pages behind it.
func (b *box) readHead(key, stored []byte) (head, error) {
	plain, err := b.openHead(key, stored)
	if err != nil {
		return head{}, fault.Wrap("read batches", err)
	}
	return parseHead(plain)
}

// readBatch reads a stored batch and compares it with its key and head.
func (b *box) readBatch(s change.Stream, key, stored []byte) (*change.Batch, head, error) {
	plain, raw, err := b.openBatch(key, stored)
	if err != nil {
		return nil, head{}, fault.Wrap("read batches", err)
	}
	h, err := parseHead(plain)
	if err != nil {
		return nil, head{}, fault.Wrap("read batches", err)
	}
	batch, err := change.ParseBatch(raw)
	if err != nil {
		return nil, head{}, err
	}
	_, first, err := parsePlace(key)
	if err != nil || batch.Stream != s || batch.First != first || batch.End() != h.end() {
		return nil, head{}, fault.New(fault.Damaged, "a batch stands at another's place")
	}
	return batch, h, nil
}
