package journal_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

func TestKeyIsWanted(t *testing.T) {
	_, err := journal.Open(t.TempDir()+"/journal.db", journal.Options{})
	wantKind(t, err, fault.Invalid)
}

// A wrong key is told from damage: the file stays where it is.
func TestWrongKey(t *testing.T) {
	for _, clean := range []bool{true, false} {
		s := newStore(t)
		path := s.Settings().Path()
		mustUpdate(t, s, putKey("a"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if !clean {
			if err := os.Remove(path + ".clean"); err != nil {
				t.Fatal(err)
			}
		}
		wrong := options()
		wrong.Key[31] ^= 1
		_, err := journal.Open(path, wrong)
		wantKind(t, err, fault.Denied)
		if !strings.Contains(fault.Hint(err), "vault.json") {
			t.Errorf("hint %q", fault.Hint(err))
		}
		if !has(t, mustOpen(t, path, options()), "a") {
			t.Error("the right key does not open it any more")
		}
	}
}

// Damage to what a file says of itself is not taken for a wrong key.
func TestDamagedIdentity(t *testing.T) {
	s := newStore(t)
	good, err := os.ReadFile(s.Settings().Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"check", "salt", "version"} {
		bad := bytes.Clone(good)
		for at := range bad { // there may be older copies of the page
			if bytes.HasPrefix(bad[at:], []byte(name)) && at+len(name)+6 < len(bad) {
				bad[at+len(name)+6] ^= 1
			}
		}
		_, err := journal.Open(write(t, bad), options())
		wantKind(t, err, fault.Damaged)
	}
}

// Equal values at one place are stored differently, and a value moved to
// another place is not taken for one.
func TestSealedApart(t *testing.T) {
	s := newStore(t)
	var stored [2][]byte
	for i := range stored {
		mustUpdate(t, s, putKey("k"))
		mustView(t, s, func(tx *journal.Tx) error { _, _, stored[i] = tx.Raw("table/t"); return nil })
	}
	if len(stored[0]) == 0 || bytes.Equal(stored[0], stored[1]) {
		t.Error("one value is stored twice in the same way")
	}
	for _, bucket := range []string{"table/u", "table/t"} {
		mustUpdate(t, s, func(tx *journal.Tx) error {
			if err := tx.Table("u").Put([]byte("k"), nil); err != nil {
				return err
			}
			return tx.PutRaw(bucket, []byte("other"), stored[1])
		})
		wantKind(t, s.View(func(tx *journal.Tx) error {
			_, err := tx.Table(strings.TrimPrefix(bucket, "table/")).Get([]byte("other"))
			return err
		}), fault.Damaged)
	}
}

// A batch's body is bound to its head.
func TestBodyIsBoundToHead(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	batch := d.chain(t, 2)
	mustAppend(t, s, d.unit, batch...)
	var key, first []byte
	mustView(t, s, func(tx *journal.Tx) error { _, key, first = tx.Raw("batches"); return nil })
	mustUpdate(t, s, func(tx *journal.Tx) error { _, err := tx.Truncate(d.stream, 0); return err })
	mustAppend(t, s, d.unit, batch...)
	mustUpdate(t, s, func(tx *journal.Tx) error {
		_, _, second := tx.Raw("batches")
		return tx.PutRaw("batches", key, append(bytes.Clone(first[:76]), second[76:]...))
	})
	wantKind(t, s.View(func(tx *journal.Tx) error { _, err := tx.Batches(d.stream, 0, 1); return err }), fault.Damaged)
}

// A program of version 1 must leave the file alone: it knows its own files by
// the bucket meta, and takes values without its checksums for damage.
func TestVersion1HasNoHold(t *testing.T) {
	err := newStore(t).Settings().View(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte("meta")) != nil {
			return errors.New("the file has a bucket meta")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
