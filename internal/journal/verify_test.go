package journal_test

import (
	"context"
	"errors"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

func TestVerifyAsksForEachBatch(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	chain := d.chain(t, 2, 3)
	mustAppend(t, s, d.unit, chain...)
	var seen []change.Hash
	report, err := s.Verify(t.Context(), func(author change.UnitID, b *change.Batch) error {
		seen = append(seen, b.Hash())
		if author != d.unit || b.First > 1 {
			return errors.New("no right to it")
		}
		return nil
	})
	if err != nil || report.Found != 1 || len(seen) != 2 || seen[0] != chain[0].Hash() {
		t.Errorf("%+v, %v, %d batches seen", report, err, len(seen))
	}
}

func TestVerifyStops(t *testing.T) {
	s, d := newStore(t), newDevice(1)
	mustAppend(t, s, d.unit, d.chain(t, 1)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Verify(ctx, nil)
	wantKind(t, err, fault.Canceled)
}

// Sound values in a wrong relation: a hole, a stranger, a lost arrival.
func TestVerifyFindsHoles(t *testing.T) {
	d := newDevice(1)
	for _, bucket := range []string{"batches", "arrivals", "numbers", "streams", "tails"} {
		t.Run(bucket, func(t *testing.T) {
			s := newStore(t)
			mustAppend(t, s, d.unit, d.chain(t, 2, 3)...)
			mustUpdate(t, s, func(tx *journal.Tx) error {
				for range 2 {
					if _, err := tx.Add(d.stream, d.unit, edit(t, "tail")); err != nil {
						return err
					}
				}
				return nil
			})
			mustVerify(t, s)
			mustUpdate(t, s, func(tx *journal.Tx) error { return tx.DropFirst(bucket) })
			if report, err := s.Verify(t.Context(), nil); err != nil || report.Found == 0 {
				t.Errorf("found nothing: %+v, %v", report, err)
			}
		})
	}
}
