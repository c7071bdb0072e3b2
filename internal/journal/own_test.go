package journal_test

import (
	"bytes"
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

func TestSealMovesTheTail(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	const count = change.MaxBatchChanges + 10
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for i := range count {
			seq, err := tx.Add(d.stream, d.unit, edit(t, fmt.Sprint(i)))
			if err != nil || seq != uint64(i+1) {
				return fmt.Errorf("add %d: %d, %w", i, seq, err)
			}
		}
		return nil
	})
	var sealed []*change.Batch
	for range 3 {
		mustUpdate(t, s, func(tx *journal.Tx) error {
			b, err := tx.Seal(change.BatchRows, d.stream, d.key, 5)
			if b != nil {
				sealed = append(sealed, b)
			}
			return err
		})
	}
	if len(sealed) != 2 || sealed[0].Count != change.MaxBatchChanges || sealed[1].Count != 10 || !sealed[1].Follows(sealed[0].End()) {
		t.Fatalf("%d batches sealed", len(sealed))
	}
	mustUpdate(t, s, func(tx *journal.Tx) error {
		_, err := tx.Add(d.stream, d.unit, edit(t, "last"))
		return err
	})
	mustView(t, s, func(tx *journal.Tx) error {
		info, _, err := tx.Stream(d.stream)
		if info.Head != count+1 || info.Sealed != sealed[1].End() {
			t.Errorf("stream is %+v", info)
		}
		for seq, text := range map[uint64]string{1: "0", 1000: "999", 1001: "1000", count + 1: "last"} {
			got, err := tx.Change(d.stream, seq)
			if err != nil || !bytes.Equal(got, edit(t, text)) {
				t.Errorf("change %d: %v", seq, err)
			}
		}
		for _, seq := range []uint64{0, count + 2} {
			_, err := tx.Change(d.stream, seq)
			wantKind(t, err, fault.NotFound)
		}
		return err
	})
	if report := mustVerify(t, s); report.Changes != count || report.Unsealed != 1 {
		t.Errorf("verify counts %+v", report)
	}
}

func TestSealKeepsToTheLimits(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	raw := make([]byte, change.MaxChange)
	for i := range raw {
		raw[i] = byte(i*i>>3) ^ byte(i*131)
	}
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for range 20 {
			if _, err := tx.Add(d.stream, d.unit, raw); err != nil {
				return err
			}
		}
		return nil
	})
	total := 0
	for total < 20 {
		mustUpdate(t, s, func(tx *journal.Tx) error {
			b, err := tx.Seal(change.BatchRows, d.stream, d.key, 5)
			if err != nil || b == nil {
				return fmt.Errorf("seal: %w", err)
			}
			total += int(b.Count)
			return nil
		})
	}
}

func TestTruncate(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	chain := d.chain(t, 3, 2, 4)
	mustAppend(t, s, d.unit, chain...)
	truncate := func(keep uint64) (moved int, err error) {
		err = s.Update(t.Context(), func(tx *journal.Tx) error { moved, err = tx.Truncate(d.stream, keep); return err })
		return moved, err
	}
	mustUpdate(t, s, func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, edit(t, "tail")); return err })
	for _, keep := range []uint64{1, 4, 10, 99} {
		_, err := truncate(keep)
		wantKind(t, err, fault.Invalid)
	}
	if moved, err := truncate(3); err != nil || moved != 7 {
		t.Fatalf("moved %d, %v; want 7", moved, err)
	}
	mustVerify(t, s)
	forks := 0
	mustView(t, s, func(tx *journal.Tx) error {
		info, _, err := tx.Stream(d.stream)
		if info.Sealed != chain[0].End() || info.Head != 3 {
			t.Errorf("stream is %+v", info)
		}
		if last := tx.LastArrival(); last != 1 {
			t.Errorf("last arrival %d, want 1", last)
		}
		if err := tx.Forks(d.stream, func(journal.Evidence) error { forks++; return nil }); err != nil {
			return err
		}
		return err
	})
	if forks != 3 {
		t.Errorf("%d pieces of evidence, want 3", forks)
	}
	mustAppend(t, s, d.unit, d.batch(t, chain[0].End(), 2, "winner"))
	mustView(t, s, func(tx *journal.Tx) error {
		got, err := tx.Arrivals(1, 10)
		if len(got) != 1 || got[0].No != 4 || got[0].First != 4 || got[0].Last != 5 {
			t.Errorf("arrivals %+v: numbers must not be used again", got)
		}
		return err
	})
	if _, err := truncate(0); err != nil {
		t.Error(err)
	}
	mustVerify(t, s)
}

func TestForkOfTheTail(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	mustUpdate(t, s, func(tx *journal.Tx) error { _, err := tx.Add(d.stream, d.unit, edit(t, "mine")); return err })
	mustUpdate(t, s, func(tx *journal.Tx) error {
		got, err := tx.Append(d.unit, d.chain(t, 1)[0])
		if got != journal.Fork {
			t.Errorf("got %v, want a fork", got)
		}
		return err
	})
}
