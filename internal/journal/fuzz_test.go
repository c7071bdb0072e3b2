package journal_test

import (
	"bytes"
	"testing"

	"tongbu/internal/journal"
)

// What a decoder of stored values accepts encodes to the same bytes again;
// what it does not accept is an error, never a panic.
func FuzzStored(f *testing.F) {
	d := newDevice(1)
	s := newStore(f)
	mustAppend(f, s, d.unit, d.chain(f, 2, 3, 1)...)
	mustCut(f, s, d.stream, 5)
	mustView(f, s, func(tx *journal.Tx) error {
		for i, bucket := range []string{"counters", "streams", "arrivals", "batches", "packs"} {
			plain, head, err := s.OpenStored(tx.Raw(bucket))
			if err != nil {
				return err
			}
			if head != nil {
				plain = head
			}
			f.Add(byte(i), plain)
		}
		return nil
	})
	f.Add(byte(0), []byte{})
	f.Fuzz(func(t *testing.T, form byte, plain []byte) {
		again, err := journal.DecodeStored(form, plain)
		if err == nil && !bytes.Equal(again, plain) {
			t.Errorf("form %d: %x becomes %x", form%5, plain, again)
		}
	})
}

// No file, whatever it holds, makes the probe panic or run on.
func FuzzProbe(f *testing.F) {
	f.Add(sample(f)[:32<<10])
	f.Fuzz(func(t *testing.T, file []byte) {
		_ = journal.WalkFile(file, testKey)
	})
}
