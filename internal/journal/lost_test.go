package journal_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// rootPage is the page that the newer commit page of a file calls the root.
func rootPage(file []byte) int {
	root, newest := 0, uint64(0)
	for page := range 2 {
		meta := file[page*4096+16:]
		if tx := binary.LittleEndian.Uint64(meta[48:]); tx >= newest {
			root, newest = int(binary.LittleEndian.Uint64(meta[16:])), tx
		}
	}
	return root
}

// TestLostRoot: a disk that loses the last write of the root leaves the page
// that bbolt made first, which is empty. That is a damaged journal, not a file
// of another program: it is set aside, and the next start works.
func TestLostRoot(t *testing.T) {
	file := sample(t)
	root := rootPage(file)
	page := file[root*4096 : (root+1)*4096]
	clear(page)
	binary.LittleEndian.PutUint64(page, uint64(root))
	binary.LittleEndian.PutUint16(page[8:], 2) // a leaf without entries
	path := write(t, file)
	_, err := journal.Open(path, options())
	wantKind(t, err, fault.Damaged)
	mustVerify(t, mustOpen(t, path, options()))
}

// TestLostBucket: with some of its buckets a file is a journal, and damaged.
func TestLostBucket(t *testing.T) {
	path := write(t, sample(t))
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, PageSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("receipts")) })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = journal.Open(path, options())
	wantKind(t, err, fault.Damaged)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the damaged file was not set aside: %v", err)
	}
}

// TestLostAll: a disk that loses all but bbolt's own beginning of the file
// leaves nothing of anybody's: it is set aside.
func TestLostAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 4096})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = journal.Open(path, options())
	wantKind(t, err, fault.Damaged)
	mustVerify(t, mustOpen(t, path, options()))
}
