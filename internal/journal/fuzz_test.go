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
	mustAppend(f, s, d.unit, d.chain(f, 2)...)
	mustView(f, s, func(tx *journal.Tx) error {
		for i, bucket := range []string{"meta", "streams", "arrivals", "batches"} {
			key, stored := tx.Raw(bucket)
			f.Add(byte(i), key, stored)
			f.Add(byte(i), key, stored[4:])
		}
		return nil
	})
	f.Add(byte(0), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, form byte, key, stored []byte) {
		again, err := journal.DecodeStored(form, key, stored)
		if err == nil && !bytes.Equal(again, stored) {
			t.Errorf("form %d: %x becomes %x", form%4, stored, again)
		}
	})
}

// No file, whatever it holds, makes the probe panic or run on.
func FuzzProbe(f *testing.F) {
	f.Add(sample(f)[:32<<10])
	f.Fuzz(func(t *testing.T, file []byte) {
		_ = journal.WalkFile(file)
	})
}
