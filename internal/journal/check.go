package journal

import (
	"bytes"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// The steps of Verify, in the order in which it takes them.

func (v *verifier) checkStreams() error {
	return v.scan(bucketStreams, func(key, stored []byte) {
		v.report.Streams++
		s, r, err := v.box.openRow(key, stored)
		if err != nil {
			v.addProblem(err, "streams")
			return
		}
		v.rows[r.number] = &progress{stream: s, row: r, mark: r.base}
		v.addProblem(v.store.View(func(tx *Tx) error { return checkNumberOf(tx, r.number, s) }), "stream %s", s)
	})
}

func (v *verifier) checkNumbers() error {
	return v.scan(bucketNumbers, func(key, stored []byte) {
		plain, err := v.box.open(bucketNumbers, key, stored)
		if err == nil {
			err = v.store.View(func(tx *Tx) error { return checkStreamOf(tx, key, plain) })
		}
		v.addProblem(err, "stream number %x", key)
	})
}

// checkStreamOf checks that a number's stream is there and has that number.
func checkStreamOf(tx *Tx, key, plain []byte) error {
	s, err := parseStreamKey(plain)
	if err != nil {
		return err
	}
	r, err := tx.readRow(s)
	if err == nil && (r == nil || !bytes.Equal(numberKey(r.number), key)) {
		err = fault.New(fault.Damaged, "its stream %s is missing", s)
	}
	return err
}

// checkNumberOf checks that a stream's number leads back to it.
func checkNumberOf(tx *Tx, number uint32, s change.Stream) error {
	found, err := tx.streamOf(number)
	if err == nil && found != s {
		err = fault.New(fault.Damaged, "number %d is another stream's", number)
	}
	return err
}

func (v *verifier) checkBatches() error {
	err := v.scan(bucketBatches, func(key, stored []byte) {
		number, first, err := parsePlace(key)
		if err != nil {
			v.addProblem(err, "batches")
			return
		}
		if p := v.rows[number]; p != nil && first <= p.row.sealed.Seq {
			v.addProblem(v.checkBatch(p, key, stored), "stream %s, batch at %d", p.stream, first)
		}
	})
	for _, p := range v.rows {
		if p.mark != p.row.sealed {
			v.addProblem(fault.New(fault.Damaged, "the chain ends at sequence %d, not at %d", p.mark.Seq, p.row.sealed.Seq), "stream %s", p.stream)
		}
	}
	return err
}

func (v *verifier) checkBatch(p *progress, key, stored []byte) error {
	v.report.Batches++
	b, h, err := v.box.readBatch(p.stream, key, stored)
	if err != nil {
		return err
	}
	follows := b.Follows(p.mark)
	p.mark = b.End()
	if !follows {
		return fault.New(fault.Damaged, "the batch does not follow the one before")
	}
	changes, err := b.Changes()
	if err != nil {
		return err
	}
	v.report.Changes += len(changes)
	var author change.UnitID
	err = v.store.View(func(tx *Tx) error {
		author, err = checkArrivalOf(tx, p.row.number, b, h)
		return err
	})
	if err != nil || v.check == nil {
		return err
	}
	return v.check(author, b)
}

// checkArrivalOf checks that the arrival a batch names is its own.
func checkArrivalOf(tx *Tx, number uint32, b *change.Batch, h head) (change.UnitID, error) {
	plain, err := tx.get(bucketArrivals, countKey(h.arrival))
	if err != nil {
		return "", err
	}
	e, err := parseEntry(plain)
	if err != nil {
		return "", err
	}
	if e.number != number || e.first != b.First || e.last != b.Last() {
		return "", fault.New(fault.Damaged, "arrival %d is another batch's", h.arrival)
	}
	return e.author, nil
}

// checkKept walks what is kept of batches that were cut off: it has no holes, ends
// where batches begin, and its changes are in form. The chain and the signatures are
// gone with the batches.
func (v *verifier) checkKept() error {
	ends := map[uint32]change.Mark{}
	err := v.scan(bucketPacks, func(key, stored []byte) {
		number, first, err := parsePlace(key)
		p := v.rows[number]
		switch {
		case err != nil:
			v.addProblem(err, "kept changes")
		case p == nil:
			v.checkValue(bucketPacks, key, stored, func(uint32) bool { return false })
		case first <= p.row.base.Seq:
			ends[number], err = v.checkPack(p, ends[number], key, stored)
			v.addProblem(err, "stream %s, kept changes at %d", p.stream, first)
		}
	})
	for number, p := range v.rows {
		if end := ends[number]; end != p.row.base {
			v.addProblem(fault.New(fault.Damaged, "kept changes end at sequence %d, batches begin behind %d", end.Seq, p.row.base.Seq), "stream %s", p.stream)
		}
	}
	return err
}

// checkPack checks a pack that is to follow what is kept before it; it returns where
// that ends then.
func (v *verifier) checkPack(p *progress, before change.Mark, key, stored []byte) (change.Mark, error) {
	kept, err := v.box.openPack(key, stored)
	if err != nil {
		return before, err
	}
	changes, err := kept.unpack(p.stream)
	v.report.Changes, v.report.Kept = v.report.Changes+len(changes), v.report.Kept+len(changes)
	for _, raw := range changes {
		if err == nil {
			_, err = change.Decode(raw)
		}
	}
	if err == nil && kept.first != before.Seq+1 {
		err = fault.New(fault.Damaged, "they do not follow sequence %d", before.Seq)
	}
	return kept.end(), err
}

func (v *verifier) checkTails() error {
	for _, p := range v.rows {
		err := v.store.View(func(tx *Tx) error { return v.checkTail(tx, p) })
		v.addProblem(err, "stream %s, tail", p.stream)
	}
	known := func(number uint32) bool { return v.rows[number] != nil }
	return v.scan(bucketTails, func(key, stored []byte) { v.checkValue(bucketTails, key, stored, known) })
}

func (v *verifier) checkTail(tx *Tx, p *progress) error {
	r, err := tx.readRow(p.stream)
	if err != nil {
		return err
	}
	next := r.sealed.Seq + 1
	return tx.ascend(bucketTails, nil, numberKey(r.number), func(key, stored []byte) error {
		_, seq, err := parsePlace(key)
		if err != nil || seq != next {
			return fault.New(fault.Damaged, "change %d is missing", next)
		}
		raw, err := tx.box.open(bucketTails, key, stored)
		if err != nil {
			return err
		}
		next++
		v.report.Unsealed++
		_, err = change.Decode(raw)
		return err
	})
}

// checkValue checks the seal of a value, and that its stream is known unless it
// is newer than the walk.
func (v *verifier) checkValue(bucket string, key, stored []byte, known func(number uint32) bool) {
	v.addProblem(v.box.checkSeal(bucket, key, stored), "%s", bucket)
	number, _, err := parsePlace(key)
	if err == nil && !known(number) {
		err = v.store.View(func(tx *Tx) error {
			_, err := tx.streamOf(number)
			return err
		})
	}
	v.addProblem(err, "%s of stream number %d", bucket, number)
}

func (v *verifier) checkArrivals() error {
	return v.scan(bucketArrivals, func(key, stored []byte) {
		v.report.Arrivals++
		e, no, err := v.box.openEntry(key, stored)
		if err == nil {
			err = v.store.View(func(tx *Tx) error { return checkBatchOf(tx, e, no) })
		}
		v.addProblem(err, "arrival %d", no)
	})
}

// checkBatchOf checks that the batch an arrival names is there and names it
// back.
func checkBatchOf(tx *Tx, e *entry, no uint64) error {
	key := placeKey(e.number, e.first)
	stored := tx.tx.Bucket([]byte(bucketBatches)).Get(key)
	if stored == nil {
		return fault.New(fault.Damaged, "its batch is missing")
	}
	h, err := tx.box.readHead(key, stored)
	if err == nil && (h.arrival != no || h.last != e.last) {
		err = fault.New(fault.Damaged, "its batch names arrival %d", h.arrival)
	}
	if last, counted := tx.readCount(bucketCounters, arrivalCounter()); err == nil && (counted != nil || no > last) {
		err = fault.New(fault.Damaged, "it lies beyond the counter %d", last)
	}
	return err
}

func (v *verifier) checkReceipts() error {
	return v.scan(bucketReceipts, func(key, stored []byte) {
		v.report.Receipts++
		plain, err := v.box.open(bucketReceipts, key, stored)
		if err == nil {
			_, err = readReceipt(key, plain)
		}
		v.addProblem(err, "receipts")
	})
}

func (v *verifier) checkForks() error {
	return v.scan(bucketForks, func(key, stored []byte) {
		v.report.Forks++
		_, err := v.box.readEvidence(change.Stream{}, key, stored)
		v.addProblem(err, "forks")
	})
}

// checkOthers checks the seals in the buckets that have no form of their own.
func (v *verifier) checkOthers() error {
	buckets := []string{bucketCounters, bucketAuthors, bucketCursors}
	err := v.store.View(func(tx *Tx) error {
		names, err := tableBuckets(tx.tx)
		v.report.Tables = len(names)
		buckets = append(buckets, names...)
		return err
	})
	for _, bucket := range buckets {
		if err != nil {
			return err
		}
		err = v.scan(bucket, func(key, stored []byte) {
			v.addProblem(v.box.checkSeal(bucket, key, stored), "%s", bucket)
		})
	}
	return err
}
