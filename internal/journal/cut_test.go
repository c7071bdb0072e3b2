package journal_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// mustCut cuts a stream step by step and returns how many batches went.
func mustCut(t testing.TB, s *journal.Store, of change.Stream, below uint64) (batches int) {
	t.Helper()
	return mustCutBy(t, s, of, below, 1000)
}

func mustCutBy(t testing.TB, s *journal.Store, of change.Stream, below uint64, step int) (batches int) {
	t.Helper()
	for more := true; more; {
		var c journal.Cutting
		mustUpdate(t, s, func(tx *journal.Tx) (err error) {
			c, err = tx.Cut(of, below, step)
			return err
		})
		batches, more = batches+c.Batches, c.More
	}
	return batches
}

// What was cut off is told apart from what never was there, by its end.
func TestACutBatchComesAgain(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	chain := d.chain(t, 2, 3, 1, 4)
	mustAppend(t, s, d.unit, chain...)
	if n := mustCut(t, s, d.stream, chain[2].Last()); n != 3 {
		t.Fatalf("cut %d batches", n)
	}
	forged := d.batch(t, chain[0].End(), 3, "other")
	for _, c := range []struct {
		of   *change.Batch
		want journal.Outcome
	}{{chain[0], journal.Known}, {chain[1], journal.Known}, {chain[2], journal.Known}, {chain[3], journal.Known}, {forged, journal.Fork}} {
		mustUpdate(t, s, func(tx *journal.Tx) error {
			got, err := tx.Append(d.unit, c.of)
			if got != c.want {
				t.Errorf("batch at %d: %v, want %v", c.of.First, got, c.want)
			}
			return err
		})
	}
	if report := mustVerify(t, s); report.Kept != 6 || report.Changes != 10 || report.Batches != 1 {
		t.Errorf("verify counts %+v", report)
	}
}

// What is kept has no hole that nobody sees.
func TestVerifyFindsWhatIsNotKept(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	mustAppend(t, s, d.unit, d.chain(t, 2, 3, 1, 4)...)
	mustCut(t, s, d.stream, 6)
	mustVerify(t, s)
	mustUpdate(t, s, func(tx *journal.Tx) error { return tx.DropFirst("packs") })
	if report, err := s.Verify(t.Context(), nil); err != nil || report.Found == 0 {
		t.Errorf("found nothing: %+v, %v", report, err)
	}
	mustView(t, s, func(tx *journal.Tx) error {
		_, err := tx.Change(d.stream, 3)
		wantKind(t, err, fault.Damaged)
		return nil
	})
}

// A history that gives way below where batches begin is set aside whole.
func TestTruncateBelowACut(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	chain := d.chain(t, 2, 3, 1, 4)
	mustAppend(t, s, d.unit, chain...)
	mustCut(t, s, d.stream, chain[2].Last())
	other := d.batch(t, chain[0].End(), 5, "other")
	mustUpdate(t, s, func(tx *journal.Tx) error {
		moved, err := tx.Truncate(d.stream, chain[0].Last())
		if err != nil || moved != 8 {
			t.Errorf("moved %d: %v", moved, err)
		}
		got, err := tx.Append(d.unit, other)
		if got != journal.Stored {
			t.Errorf("the other history: %v", got)
		}
		return err
	})
	mustView(t, s, func(tx *journal.Tx) error {
		aside := 0
		err := tx.Forks(d.stream, func(journal.Evidence) error { aside++; return nil })
		if aside != 4+1 { // the changes that were kept, and the batch
			t.Errorf("%d pieces of evidence", aside)
		}
		info, _, _ := tx.Stream(d.stream)
		if info.Base != chain[0].End() || info.Sealed != other.End() {
			t.Errorf("the stream is %+v", info)
		}
		return err
	})
	mustVerify(t, s)
}

// No step of a cut passes a cursor: its consumer has not read the batches yet.
func TestACutWaitsForCursors(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	mustAppend(t, s, d.unit, d.chain(t, 1, 1, 1, 1)...)
	mustUpdate(t, s, func(tx *journal.Tx) error { return tx.SetCursor("reader", 2) })
	if n := mustCut(t, s, d.stream, 4); n != 2 {
		t.Errorf("cut %d batches, want those that the reader has passed", n)
	}
	mustUpdate(t, s, func(tx *journal.Tx) error { return tx.SetCursor("reader", 4) })
	if n := mustCut(t, s, d.stream, 4); n != 1 {
		t.Errorf("cut %d batches, want all but the last", n)
	}
}

// A cut whose transaction is lost has cut nothing, and is done by the next.
func TestALostCut(t *testing.T) {
	for _, written := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "journal.db")
		s, d := mustOpen(t, path, options()), newDevice(1)
		chain := d.chain(t, 2, 3, 1, 4)
		mustAppend(t, s, d.unit, chain...)
		s.FailCommit(fmt.Errorf("power cut"), written)
		err := s.Update(t.Context(), func(tx *journal.Tx) error {
			_, err := tx.Cut(d.stream, 6, 1)
			return err
		})
		wantKind(t, err, fault.Damaged)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, path, options())
		mustVerify(t, s)
		mustCut(t, s, d.stream, 6)
		mustVerify(t, s)
		mustView(t, s, func(tx *journal.Tx) error {
			for seq := uint64(1); seq <= 10; seq++ {
				if _, err := tx.Change(d.stream, seq); err != nil {
					t.Errorf("change %d: %v", seq, err)
				}
			}
			return nil
		})
	}
}

// A file that was cut keeps its version, and what is kept, when it is compacted.
func TestACutFileIsCompacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	s, d := mustOpen(t, path, options()), newDevice(1)
	mustAppend(t, s, d.unit, d.chain(t, 2, 3, 1, 4)...)
	version := func(s *journal.Store) (raw []byte) {
		mustView(t, s, func(tx *journal.Tx) error {
			raw = tx.RawOf("file", []byte("version"))
			return nil
		})
		return raw
	}
	before := version(s)
	mustCut(t, s, d.stream, 6)
	after := version(s)
	if bytes.Equal(before, after) {
		t.Error("a program of before would open a file that was cut")
	}
	mustUpdate(t, s, func(tx *journal.Tx) error { return tx.Table("t").Put([]byte("k"), make([]byte, 1<<20)) })
	mustUpdate(t, s, func(tx *journal.Tx) error { return tx.Table("t").Delete([]byte("k")) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, path, options().CompactFrom(1))
	if !bytes.Equal(version(s), after) {
		t.Error("the copy has another version")
	}
	if report := mustVerify(t, s); report.Kept != 6 {
		t.Errorf("%d changes are kept", report.Kept)
	}
}

// TestBytesOfACut measures what DESIGN.md states: what a node takes that seals each save
// for itself on 2,500 working days, ten years, and is cut once a month or never.
func TestBytesOfACut(t *testing.T) {
	const days, saves, month = 2500, 4, 22
	disk := map[bool]int64{}
	for _, cut := range []bool{false, true} {
		s, d := newStore(t), newDevice(1)
		for day := 0; day < days; day += month {
			first := uint64(day * saves)
			mustUpdate(t, s, func(tx *journal.Tx) error {
				for n := range uint64(month * saves) {
					if _, err := tx.Add(d.stream, d.unit, census(t, int(first+n))); err != nil {
						return err
					}
					if _, err := tx.Seal(change.BatchColumns, d.stream, d.key, 1_772_352_000_000+int64(first+n)*7_200_000); err != nil {
						return err
					}
				}
				return nil
			})
			if cut && first > 0 {
				mustCutBy(t, s, d.stream, first, 512<<10)
			}
		}
		disk[cut] = s.Used(t)
	}
	const changes = days * saves
	t.Logf("ten years of %d saves a working day: %.1f MB, %.1f MB when cut; a change takes %d bytes in a batch of its own, %d when that was cut off",
		saves, float64(disk[false])/1e6, float64(disk[true])/1e6, disk[false]/changes, disk[true]/changes)
	if disk[true]*3 > disk[false] {
		t.Errorf("%d bytes on disk, %d when nothing is cut", disk[true], disk[false])
	}
}
