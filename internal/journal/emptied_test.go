package journal_test

import (
	"fmt"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// TestEmptiedPages reads backwards in the transaction that emptied whole pages
// of a bucket, those of its end or all: bbolt keeps them in the tree until the
// commit.
func TestEmptiedPages(t *testing.T) {
	s, d, other := newStore(t), newDevice(1), newDevice(2)
	const tail = 500
	wide := strings.Repeat("x", 3000) // a batch fills a page
	batches := d.chain(t, 1, 1, 1, 1, 1, 1)
	mustAppend(t, s, d.unit, batches[:1]...)
	mustAppend(t, s, other.unit, other.batch(t, change.Mark{}, 1, wide))
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for i := range tail {
			if _, err := tx.Add(d.stream, d.unit, edit(t, fmt.Sprint(i))); err != nil {
				return err
			}
		}
		return nil
	})
	mustUpdate(t, s, func(tx *journal.Tx) error {
		if moved, err := tx.Truncate(d.stream, 1); moved != tail || err != nil {
			return fmt.Errorf("cut the tail: %d, %w", moved, err)
		}
		for _, b := range batches[1:] {
			if got, err := tx.Append(d.unit, b); got != journal.Stored || err != nil {
				return fmt.Errorf("append %d after the cut: %v, %w", b.First, got, err)
			}
		}
		if moved, err := tx.Truncate(d.stream, 2); moved != 4 || err != nil {
			return fmt.Errorf("cut batches: %d, %w", moved, err)
		}
		ends, err := tx.Boundaries(d.stream, 3, 1)
		if err != nil || len(ends) != 1 || ends[0] != batches[1].End() {
			return fmt.Errorf("end after the cut: %v, %w", ends, err)
		}
		return nil
	})
	mustUpdate(t, s, func(tx *journal.Tx) error {
		for _, of := range []change.Stream{d.stream, other.stream} {
			if _, err := tx.Truncate(of, 0); err != nil {
				return err
			}
		}
		if got := tx.LastArrival(); got != 0 {
			return fmt.Errorf("last arrival of none: %d", got)
		}
		return nil
	})
	mustVerify(t, s)
}
