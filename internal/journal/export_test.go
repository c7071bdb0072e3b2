package journal

import (
	"bytes"
	"testing"

	"go.etcd.io/bbolt"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// FailCommit makes the next commits fail with err; written says whether they
// reach the file before.
func (s *Store) FailCommit(err error, written bool) {
	s.commit = func(tx *bbolt.Tx) error {
		if written {
			if err := tx.Commit(); err != nil {
				return err
			}
		} else if err := tx.Rollback(); err != nil {
			return err
		}
		return err
	}
}

// Unsettle makes the store behave as in the moment in which the last commit
// is written but not yet synced, until settle is called.
func (s *Store) Unsettle() (settle func()) {
	s.durable.Add(-1)
	return func() {
		s.durable.Add(1)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.signalLocked()
	}
}

// PutRaw stores bytes as they are, without a checksum.
func (tx *Tx) PutRaw(bucket string, key, stored []byte) error {
	return tx.tx.Bucket([]byte(bucket)).Put(key, stored)
}

// Raw returns copies of a bucket's first key and what is stored there.
func (tx *Tx) Raw(bucket string) (name string, key, stored []byte) {
	k, v := tx.tx.Bucket([]byte(bucket)).Cursor().First()
	return bucket, append([]byte(nil), k...), append([]byte(nil), v...)
}

// RawOf returns a copy of what is stored at a key.
func (tx *Tx) RawOf(bucket string, key []byte) []byte {
	return bytes.Clone(tx.tx.Bucket([]byte(bucket)).Get(key))
}

// Sum puts a checksum before bytes, as the plain values of a file have it.
func Sum(key, plain []byte) []byte { return addSum(key, plain) }

// Interrupted has fn called between the steps of a renewal.
func (o Options) Interrupted(fn func(step string) error) Options {
	o.step = fn
	return o
}

// CompactFrom sets how many free bytes are worth a copy.
func (o Options) CompactFrom(free int64) Options {
	o.compact = free
	return o
}

// Settings returns what the file was opened with.
func (s *Store) Settings() *bbolt.DB { return s.db }

// CheckPages runs bbolt's own check of a file.
func CheckPages(path string) (problems []error, err error) {
	db, err := lockFile(path, defaultTimeout)
	if err != nil {
		return nil, err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		for problem := range tx.Check() {
			problems = append(problems, problem)
		}
		return nil
	})
	if closing := db.Close(); err == nil {
		err = closing
	}
	return problems, err
}

// DecodeStored decodes a value of each form and encodes it again.
func DecodeStored(form byte, plain []byte) (again []byte, err error) {
	switch form % 5 {
	case 0:
		n, err := parseCount(plain)
		return countKey(n), err
	case 1:
		r, err := parseRow(plain)
		if err != nil {
			return nil, err
		}
		return r.encode(), nil
	case 2:
		e, err := parseEntry(plain)
		if err != nil {
			return nil, err
		}
		return e.encode(), nil
	}
	if form%5 == 3 {
		h, err := parseHead(plain)
		return h.encode(), err
	}
	p, err := parsePack(1, plain)
	if err != nil {
		return nil, err
	}
	if _, err := p.unpack(change.Stream{}); err == nil && p.size == 0 {
		return nil, fault.New(fault.Internal, "no bytes unpack to changes")
	}
	return p.encode(), nil
}

// OpenStored takes the seal off stored bytes: the plain value, and a batch's
// head.
func (s *Store) OpenStored(bucket string, key, stored []byte) (plain, head []byte, err error) {
	it, err := (&box{aead: s.aead}).openItem(bucket, key, stored)
	return it.plain, it.head, err
}

// Used is the size of the pages in use, without free ones.
func (s *Store) Used(t testing.TB) int64 {
	t.Helper()
	var used int64
	err := s.db.Update(func(tx *bbolt.Tx) error { // pages freed last become free
		return nil
	})
	if err == nil {
		err = s.db.View(func(tx *bbolt.Tx) error {
			stats := s.db.Stats()
			used = tx.Size() - int64(stats.FreePageN+stats.PendingPageN)*pageSize
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return used
}

// WalkFile judges the bytes of a file.
func WalkFile(file []byte, key [keySize]byte) error {
	_, err := walkFile(bytes.NewReader(file), int64(len(file)), key)
	return err
}

// DropFirst deletes the first entry of a bucket.
func (tx *Tx) DropFirst(bucket string) error {
	_, key, _ := tx.Raw(bucket)
	return tx.delete(bucket, key)
}
