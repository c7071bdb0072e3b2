package journal

import (
	"bytes"
	"testing"

	"go.etcd.io/bbolt"
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

// Raw returns a copy of stored bytes and the bucket's first key.
func (tx *Tx) Raw(bucket string) (key, stored []byte) {
	k, v := tx.tx.Bucket([]byte(bucket)).Cursor().First()
	return append([]byte(nil), k...), append([]byte(nil), v...)
}

// Sum gives bytes their stored form.
func Sum(key, plain []byte) []byte { return seal(key, plain) }

// Settings returns what the file was opened with.
func (s *Store) Settings() *bbolt.DB { return s.db }

// CheckPages runs bbolt's own check of a file.
func CheckPages(path string) (problems []error, err error) {
	db, err := lock(path, defaultTimeout)
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

// DecodeStored decodes a stored value of each form and encodes it again.
func DecodeStored(form byte, key, stored []byte) (again []byte, err error) {
	switch form % 4 {
	case 0:
		plain, err := unseal(key, stored)
		return seal(key, plain), err
	case 1:
		r, err := parseRow(stored)
		if err != nil {
			return nil, err
		}
		return r.encode(), nil
	case 2:
		e, err := parseEntry(stored)
		if err != nil {
			return nil, err
		}
		return e.encode(), nil
	}
	h, err := parseHead(key, stored)
	if err != nil {
		return nil, err
	}
	return encodeBatch(key, h, stored[sumSize+headSize:]), nil
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
func WalkFile(file []byte) error { return walkFile(bytes.NewReader(file), int64(len(file))) }

// DropFirst deletes the first entry of a bucket.
func (tx *Tx) DropFirst(bucket string) error {
	key, _ := tx.Raw(bucket)
	return tx.delete(bucket, key)
}
