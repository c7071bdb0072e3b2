package journal_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// version1 is a file as a program of layout version 1 left it: three streams
// with a fork and a tail, a table of 1,501 values, an author, a cursor.
func version1(t testing.TB) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "version1.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// contents is a hash of all that the transactions of a store show.
func contents(t testing.TB, s *journal.Store) (sum [32]byte) {
	t.Helper()
	mustView(t, s, func(tx *journal.Tx) error {
		h := sha256.New()
		err := tx.Streams(func(info journal.StreamInfo) error {
			fmt.Fprintln(h, info)
			batches, err := tx.Batches(info.Stream, 0, 1<<30)
			for _, b := range batches {
				h.Write(b.Bytes())
			}
			for seq := info.Sealed.Seq + 1; seq <= info.Head && err == nil; seq++ {
				var raw []byte
				raw, err = tx.Change(info.Stream, seq)
				h.Write(raw)
			}
			der, authorErr := tx.Author(info.Stream.Device)
			fmt.Fprintf(h, "%s", der)
			return errors.Join(err, authorErr, tx.Forks(info.Stream, func(e journal.Evidence) error {
				h.Write(e.Batch.Bytes())
				return nil
			}))
		})
		arrivals, arrivalsErr := tx.Arrivals(0, 1000)
		cursor, cursorErr := tx.Cursor("view")
		fmt.Fprintln(h, arrivals, cursor)
		tableErr := tx.Table("records").Ascend(nil, nil, func(key, value []byte) error {
			fmt.Fprintf(h, "%x=%s\n", key, value)
			return nil
		})
		sum = [32]byte(h.Sum(nil))
		return errors.Join(err, arrivalsErr, cursorErr, tableErr)
	})
	return sum
}

// sealedOf is where a stream of the store ends.
func sealedOf(t *testing.T, s *journal.Store, of change.Stream) (end change.Mark) {
	t.Helper()
	mustView(t, s, func(tx *journal.Tx) error {
		info, _, err := tx.Stream(of)
		end = info.Sealed
		return err
	})
	return end
}

func TestMigration(t *testing.T) {
	path := write(t, version1(t))
	s := mustOpen(t, path, options())
	report := mustVerify(t, s)
	want := journal.Report{Streams: 3, Batches: 12, Changes: 3 * 323, Unsealed: 1, Arrivals: 12, Forks: 1, Tables: 1}
	if want.Values = report.Values; fmt.Sprint(report) != fmt.Sprint(want) {
		t.Errorf("migrated %+v, want %+v", report, want)
	}
	mustView(t, s, func(tx *journal.Tx) error {
		last, err := tx.Table("records").Get([]byte{1499 >> 8, 1499 & 0xff})
		if string(last) != "record 1499" {
			t.Errorf("a value is %q", last)
		}
		empty, emptyErr := tx.Table("records").Get([]byte("empty"))
		if empty == nil || len(empty) > 0 {
			t.Errorf("the empty value is %q", empty)
		}
		return errors.Join(err, emptyErr)
	})
	if s.Regressed() {
		t.Error("a migrated file counts as an older copy")
	}
	second := newDevice(2)
	mustAppend(t, s, second.unit, second.batch(t, sealedOf(t, s, second.stream), 1, "a"))
	before := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil || bytes.Contains(raw, []byte("record 1499")) || bytes.Contains(raw, []byte("certificate")) {
		t.Errorf("plain values are left in the file: %v", err)
	}
	opts := options().Interrupted(func(step string) error { return fault.New(fault.Internal, "%s", step) })
	if contents(t, mustOpen(t, path, opts)) != before {
		t.Error("the next opening shows something else")
	}
}

// interrupt opens a journal again and again, each time with one step more
// before it is cut off, until one opening goes through.
func interrupt(t *testing.T, path string, opts journal.Options, check func(step string)) {
	t.Helper()
	crash := errors.New("cut off")
	for n := 1; ; n++ {
		left, at := n, ""
		s, err := journal.Open(path, opts.Interrupted(func(step string) error {
			if left--; left == 0 {
				at = step
				return crash
			}
			return nil
		}))
		if at == "" {
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("cut off at %d steps", n-1)
			if n < 6 {
				t.Errorf("only %d steps", n-1)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return
		}
		if !errors.Is(err, crash) {
			t.Fatalf("at %s: %v", at, err)
		}
		check(at)
	}
}

// Wherever a migration is cut off, the next one goes through.
func TestMigrationCutOff(t *testing.T) {
	old := version1(t)
	want := contents(t, mustOpen(t, write(t, old), options()))
	path := write(t, old)
	interrupt(t, path, options(), func(step string) {
		now, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if step != "renamed" && !bytes.Equal(now, old) {
			t.Errorf("at %s the old file is changed", step)
		}
		partial, err := os.ReadFile(path + ".new")
		if err != nil && step != "renamed" {
			t.Fatal(err)
		}
		again := write(t, now)
		if err := os.WriteFile(again+".new", partial, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, mustOpen(t, again, options())); got != want {
			t.Errorf("cut off at %s, the next opening shows something else", step)
		}
		if step == "renamed" { // begin again, or there is nothing left to cut off
			if err := os.WriteFile(path, old, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestMigrationWithoutRoom(t *testing.T) {
	old := version1(t)
	path := write(t, old)
	_, err := journal.Open(path, options().Interrupted(func(string) error { return fault.New(fault.Full, "no room") }))
	wantKind(t, err, fault.Full)
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, old) {
		t.Errorf("the file is changed: %v", err)
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what fills the disk is left: %v", err)
	}
}

// A value damaged since the file was closed in order is met by the copy.
func TestMigrationOfDamage(t *testing.T) {
	old := version1(t)
	old[bytes.Index(old, []byte("record 700"))] ^= 1
	for name, prober := range map[string]journal.Prober{"probed": nil, "not probed": func(string, [32]byte) error { return nil }} {
		t.Run(name, func(t *testing.T) {
			path, opts := write(t, old), options()
			opts.Probe = prober
			_, err := journal.Open(path, opts)
			wantKind(t, err, fault.Damaged)
			if kept, err := os.ReadFile(path + ".damaged-1772352000"); err != nil || !bytes.Equal(kept, old) {
				t.Errorf("the damaged file is not kept: %v", err)
			}
		})
	}
}

// roomy is the path of a journal of which most is free.
func roomy(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	s := mustOpen(t, path, options())
	mustAppend(t, s, newDevice(1).unit, newDevice(1).chain(t, 20, 300, 2)...)
	for _, size := range []int{4000, 0} {
		mustUpdate(t, s, func(tx *journal.Tx) error {
			for i := range 2000 {
				key := fmt.Appendf(nil, "%04d", i)
				if size == 0 && i%10 > 0 {
					if err := tx.Table("records").Delete(key); err != nil {
						return err
					}
				} else if err := tx.Table("records").Put(key, make([]byte, size)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCompaction(t *testing.T) {
	path := roomy(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, path, options()) // less than 64 MiB are free
	want := contents(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if now, err := os.Stat(path); err != nil || now.Size() < int64(len(before)) {
		t.Fatalf("a small file is compacted: %v", err)
	}
	s = mustOpen(t, path, options().CompactFrom(1<<20))
	if contents(t, s) != want || s.Regressed() {
		t.Error("the compacted file shows something else")
	}
	mustVerify(t, s)
	if s.Size() > int64(len(before))/4 {
		t.Errorf("%d bytes of %d are left", s.Size(), len(before))
	}
	// The copy has a key of its own: no value is stored as it was.
	mustView(t, s, func(tx *journal.Tx) error {
		if _, _, stored := tx.Raw("streams"); bytes.Contains(before, stored) {
			t.Error("a value is stored as before")
		}
		return nil
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := options().CompactFrom(1 << 20).Interrupted(func(step string) error { return fault.New(fault.Internal, "%s", step) })
	mustOpen(t, path, again)
}

// Wherever a compaction is cut off, the next opening shows the same.
func TestCompactionCutOff(t *testing.T) {
	path := roomy(t)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, mustOpen(t, write(t, old), options()))
	opts := options().CompactFrom(1 << 20)
	interrupt(t, path, opts, func(step string) {
		now, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(t, mustOpen(t, write(t, now), opts)); got != want {
			t.Errorf("cut off at %s, the next opening shows something else", step)
		}
		if step == "renamed" {
			if err := os.WriteFile(path, old, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A file that cannot be compacted because there is no room stays in use as it
// is, and is compacted when there is room.
func TestNotCompacted(t *testing.T) {
	path := roomy(t)
	opts := options().CompactFrom(1 << 20)
	s := mustOpen(t, path, opts.Interrupted(func(string) error { return fault.New(fault.Full, "no room") }))
	want := contents(t, s)
	mustUpdate(t, s, func(tx *journal.Tx) error { return tx.Table("records").Put([]byte("0000"), []byte("new")) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, path, opts)
	mustView(t, s, func(tx *journal.Tx) error {
		if got, err := tx.Table("records").Get([]byte("0000")); string(got) != "new" {
			t.Errorf("after a compaction: %q, %v", got, err)
		}
		return nil
	})
	if want == [32]byte{} {
		t.Error("nothing was shown without room")
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a half-made copy is left: %v", err)
	}
}
