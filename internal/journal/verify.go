package journal

import (
	"bytes"
	"context"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

const (
	maxProblems = 100
	scanEntries = 256
	scanBytes   = 256 << 10
)

// Problem is one thing that is not as it should be.
type Problem struct {
	Where string // bucket, and stream or number
	Err   error
}

// Report is what Verify found.
type Report struct {
	Streams, Batches, Changes, Unsealed int // Changes: with those kept
	Kept                                int // changes whose batches were cut off
	Arrivals, Receipts, Forks           int
	Tables, Values                      int // tables, and all stored values

	Problems []Problem // the first 100
	Found    int       // problems in all
}

// Verify reads everything: the seal of every value; of each stream the
// chain, sequences and hashes of its batches, the form of their changes, and
// that its tail follows without a hole; that what is kept of batches which were cut
// off goes from the first change to where batches begin; that arrivals and batches belong
// together one to one; the form of receipts and evidence. It calls check for
// each batch in order (signature, rights; nil: no check).
//
// It works in short transactions, so that it may run beside writers; what
// they add meanwhile is left for the next time. A Truncate meanwhile shows as
// problems, and so does a Cut. An error means that Verify could not finish: Canceled, Damaged.
func (s *Store) Verify(ctx context.Context, check func(author change.UnitID, b *change.Batch) error) (Report, error) {
	v := &verifier{store: s, box: &box{aead: s.aead}, ctx: ctx, check: check, rows: make(map[uint32]*progress)}
	steps := []func() error{v.checkStreams, v.checkNumbers, v.checkKept, v.checkBatches, v.checkTails, v.checkArrivals, v.checkReceipts, v.checkForks, v.checkOthers}
	for _, step := range steps {
		if err := step(); err != nil {
			return v.report, err
		}
	}
	return v.report, nil
}

type verifier struct {
	store  *Store
	box    *box
	ctx    context.Context
	check  func(author change.UnitID, b *change.Batch) error
	rows   map[uint32]*progress
	report Report
}

// progress is how far the chain of a stream has been walked.
type progress struct {
	stream change.Stream
	row    *row
	mark   change.Mark
}

func (v *verifier) addProblem(err error, where string, args ...any) {
	if err == nil {
		return
	}
	v.report.Found++
	if len(v.report.Problems) < maxProblems {
		v.report.Problems = append(v.report.Problems, Problem{Where: fmt.Sprintf(where, args...), Err: err})
	}
}

// scan calls fn with copies of all that a bucket stores, outside of any
// transaction.
func (v *verifier) scan(bucket string, fn func(key, stored []byte)) error {
	var from []byte
	for {
		keys, values, err := v.readChunk(bucket, from)
		if err != nil || len(keys) == 0 {
			return err
		}
		for i, key := range keys {
			v.report.Values++
			fn(key, values[i])
		}
		from = append(keys[len(keys)-1], 0)
	}
}

func (v *verifier) readChunk(bucket string, from []byte) (keys, values [][]byte, err error) {
	if err := v.ctx.Err(); err != nil {
		return nil, nil, fault.Wrap("verify the journal", err)
	}
	size := 0
	err = v.store.View(func(tx *Tx) error {
		return tx.ascend(bucket, from, nil, func(key, stored []byte) error {
			keys, values = append(keys, key), append(values, bytes.Clone(stored))
			if size += len(stored); size > scanBytes || len(keys) >= scanEntries {
				return ErrStop
			}
			return nil
		})
	})
	return keys, values, err
}
