package journal_test

import (
	"bytes"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// TestBatchesAreSmall: a batch must pass between two cuts of a slow line, so
// a long tail makes many; and the largest change makes one alone.
func TestBatchesAreSmall(t *testing.T) {
	const limit = 65 << 10
	sealed := sealAll(t, 400, 1<<10)
	if len(sealed) != 7 {
		t.Errorf("400 kB: got %d batches, want 7", len(sealed))
	}
	for _, b := range sealed {
		if b.Size > limit {
			t.Errorf("a batch holds %d bytes, want at most %d", b.Size, limit)
		}
	}
	if sealed = sealAll(t, 2, change.MaxChange); len(sealed) != 2 || sealed[0].Count != 1 {
		t.Errorf("two of the largest changes: got %d batches, want one each", len(sealed))
	}
}

// sealAll seals a tail of n changes of a size.
func sealAll(t *testing.T, n, size int) (sealed []*change.Batch) {
	t.Helper()
	s, d := newStore(t), newDevice(1)
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for i := range n {
			if _, err := tx.Add(d.stream, d.unit, bytes.Repeat([]byte{byte(i)}, size)); err != nil {
				return err
			}
		}
		return nil
	})
	for before := -1; before < len(sealed); {
		before = len(sealed)
		mustUpdate(t, s, func(tx *journal.Tx) error {
			b, err := tx.Seal(change.BatchRows, d.stream, d.key, 5)
			if b != nil {
				sealed = append(sealed, b)
			}
			return err
		})
	}
	return sealed
}
