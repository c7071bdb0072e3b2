package journal

import (
	"bytes"

	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
)

// Limits of a table, in bytes.
const (
	MaxTableName  = 64
	MaxTableKey   = 1 << 10
	MaxTableValue = 4 << 20
)

// Table is a small key-value table that a user of the journal keeps beside it.
// Values are encrypted, and authenticated on each read.
type Table struct {
	tx     *Tx
	bucket string
}

// Table returns the table of a name, which begins to exist with its first
// Put. It lives as long as the transaction.
func (tx *Tx) Table(name string) *Table { return &Table{tx: tx, bucket: tablePrefix + name} }

// Get returns a copy of a value, nil when absent; an empty value is not nil.
// It returns Damaged.
func (t *Table) Get(key []byte) ([]byte, error) {
	return t.tx.get(t.bucket, key)
}

// Put stores a value. It returns Invalid for a name, key or value out of
// limits; an empty key is.
func (t *Table) Put(key, value []byte) error {
	switch name := len(t.bucket) - len(tablePrefix); {
	case name == 0 || name > MaxTableName:
		return fault.New(fault.Invalid, "a table's name has %d bytes, not 1 to %d", name, MaxTableName)
	case len(key) == 0 || len(key) > MaxTableKey:
		return fault.New(fault.Invalid, "a key of %s has %d bytes, not 1 to %d", t.bucket, len(key), MaxTableKey)
	case len(value) > MaxTableValue:
		return fault.New(fault.Invalid, "a value of %s has %d bytes, more than %d", t.bucket, len(value), MaxTableValue)
	}
	if _, err := t.tx.tx.CreateBucketIfNotExists([]byte(t.bucket)); err != nil {
		return storeFault(t.bucket, err)
	}
	return t.tx.put(t.bucket, key, value)
}

// Delete removes a value; an absent one is no error.
func (t *Table) Delete(key []byte) error { return t.tx.delete(t.bucket, key) }

// Ascend calls fn with copies of the keys and values, in order of keys, from
// a key on and only those with the prefix (nil: all), until fn returns an
// error (ErrStop: none). fn may change the table; keys that appear behind the
// current one are met. It returns Damaged.
func (t *Table) Ascend(from, prefix []byte, fn func(key, value []byte) error) error {
	return t.tx.ascend(t.bucket, from, prefix, func(key, stored []byte) error {
		plain, err := t.tx.box.open(t.bucket, key, stored)
		if err != nil {
			return fault.Wrap("read "+t.bucket, err)
		}
		return fn(key, plain)
	})
}

// Last returns copies of the last key and its value, nil when the table is
// empty. It returns Damaged.
func (t *Table) Last() (key, value []byte, err error) {
	b := t.tx.tx.Bucket([]byte(t.bucket))
	if b == nil {
		return nil, nil, nil
	}
	k, stored := lastAtMost(b.Cursor(), bytes.Repeat([]byte{0xff}, MaxTableKey))
	if k == nil {
		return nil, nil, nil
	}
	plain, err := t.tx.box.open(t.bucket, k, stored)
	return bytes.Clone(k), plain, fault.Wrap("read "+t.bucket, err)
}

// tableBuckets lists the buckets of all tables.
func tableBuckets(tx *bbolt.Tx) ([]string, error) {
	var names []string
	err := tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		if bytes.HasPrefix(name, []byte(tablePrefix)) {
			names = append(names, string(name))
		}
		return nil
	})
	return names, err
}
