package journal

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// The buckets of the journal. Tables have one each, under tablePrefix.
const (
	bucketFile     = "file"     // what the file is; the one bucket in plain text
	bucketCounters = "counters" // arrival: highest number ever given
	bucketStreams  = "streams"  // stream -> row
	bucketNumbers  = "numbers"  // number -> stream
	bucketBatches  = "batches"  // number, first -> head, sealed bytes
	bucketTails    = "tails"    // number, seq -> encoded change
	bucketForks    = "forks"    // number, first, hash -> evidence
	bucketPacks    = "packs"    // number, first -> changes whose batches were cut off; made by the first Cut
	bucketArrivals = "arrivals" // arrival -> entry
	bucketReceipts = "receipts" // stream -> signed receipt
	bucketAuthors  = "authors"  // device -> certificate
	bucketCursors  = "cursors"  // name -> arrival
	tablePrefix    = "table/"
)

func bucketNames() []string {
	return []string{bucketFile, bucketCounters, bucketStreams, bucketNumbers, bucketBatches, bucketTails,
		bucketForks, bucketArrivals, bucketReceipts, bucketAuthors, bucketCursors}
}

// fillPercent packs pages for keys that mostly ascend, as sequences and ids
// that begin with the time do; bbolt's own 0.5 would leave half of each empty.
const fillPercent = 0.9

// ErrStop ends an iteration early without an error.
var ErrStop = errors.New("stop")

// Tx is a transaction on the store; it must not be used after the function
// it was given to has returned, nor by several goroutines. A method that
// changes something returns Internal in a View.
type Tx struct {
	tx      *bbolt.Tx
	box     *box
	now     func() time.Time
	changes int // puts and deletes so far: iterations notice them
	streams map[uint32]change.Stream
	last    unpacked
	late    map[any]Late
	order   []Late // as they began
}

func newTx(tx *bbolt.Tx, aead cipher.AEAD, now func() time.Time) *Tx {
	return &Tx{tx: tx, box: &box{aead: aead}, now: now, streams: make(map[uint32]change.Stream)}
}

// Number is that of the transaction: of a View that of the newest commit which it
// shows, of an Update a higher one than any commit had before. One that is not
// committed leaves its number to the next. Numbers only grow while a store is open.
func (tx *Tx) Number() int { return tx.tx.ID() }

// get returns a value as bytes of its own, nil when absent.
func (tx *Tx) get(bucket string, key []byte) ([]byte, error) {
	b := tx.tx.Bucket([]byte(bucket))
	if b == nil {
		return nil, nil
	}
	stored := b.Get(key)
	if stored == nil {
		return nil, nil
	}
	plain, err := tx.box.open(bucket, key, stored)
	return plain, fault.Wrap("read "+bucket, err)
}

func (tx *Tx) put(bucket string, key, plain []byte) error {
	return tx.putStored(bucket, key, tx.box.seal(nil, bucket, key, plain))
}

func (tx *Tx) putStored(bucket string, key, stored []byte) error {
	b := tx.tx.Bucket([]byte(bucket))
	if b == nil {
		return fault.New(fault.Damaged, "the journal has no %s", bucket)
	}
	tx.changes++
	b.FillPercent = fillPercent
	return storeFault(bucket, b.Put(key, stored))
}

func (tx *Tx) delete(bucket string, key []byte) error {
	b := tx.tx.Bucket([]byte(bucket))
	if b == nil {
		return nil
	}
	tx.changes++
	return storeFault(bucket, b.Delete(key))
}

func storeFault(bucket string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrKeyRequired), errors.Is(err, berrors.ErrKeyTooLarge), errors.Is(err, berrors.ErrValueTooLarge):
		return fault.As(fault.Invalid, "store in "+bucket, err)
	}
	return fault.As(fault.Internal, "store in "+bucket, err)
}

// ascend calls fn for the stored values from a key on that have the prefix;
// fn's value is part of the mapped file, its key a copy. fn may change the
// bucket: the iteration then finds its place again.
func (tx *Tx) ascend(bucket string, from, prefix []byte, fn func(key, stored []byte) error) error {
	b := tx.tx.Bucket([]byte(bucket))
	if b == nil {
		return nil
	}
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	c := b.Cursor()
	k, v := c.Seek(from)
	for k != nil && bytes.HasPrefix(k, prefix) {
		key, before := bytes.Clone(k), tx.changes
		if err := fn(key, v); err != nil {
			if errors.Is(err, ErrStop) {
				return nil
			}
			return err
		}
		k, v = nextAfter(c, key, tx.changes != before)
	}
	return nil
}

// nextAfter steps to the entry after key, by a new search when the bucket may
// have changed: a cursor is lost then.
func nextAfter(c *bbolt.Cursor, key []byte, changed bool) (k, v []byte) {
	if !changed {
		return c.Next()
	}
	k, v = c.Seek(key)
	if bytes.Equal(k, key) {
		return c.Next()
	}
	return k, v
}

// lastAtMost finds the greatest key not above limit. Pages that this very
// transaction has emptied are still in the tree: bbolt's Prev stops on them
// without a key, and its Last does not end when there are no others.
func lastAtMost(c *bbolt.Cursor, limit []byte) (k, v []byte) {
	if first, _ := c.First(); first == nil || bytes.Compare(first, limit) > 0 {
		return nil, nil
	}
	if k, v = c.Seek(limit); bytes.Equal(k, limit) {
		return k, v
	}
	for k, v = c.Prev(); k == nil; k, v = c.Prev() {
	}
	return k, v
}

// readCount reads a stored number, 0 when absent.
func (tx *Tx) readCount(bucket string, key []byte) (uint64, error) {
	plain, err := tx.get(bucket, key)
	if err != nil || plain == nil {
		return 0, err
	}
	return parseCount(plain)
}
