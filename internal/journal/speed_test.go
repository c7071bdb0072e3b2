package journal_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// BenchmarkAppend stores a batch of 20 changes of 20 fields as a hub does.
func BenchmarkAppend(b *testing.B) {
	s, d := newStore(b), newDevice(1)
	var end change.Mark
	for b.Loop() {
		b.StopTimer()
		batch := censusBatch(b, d, end, 20)
		end = batch.End()
		b.StartTimer()
		mustAppend(b, s, d.unit, batch)
	}
}

// BenchmarkBatches reads 50 batches of 20 changes each, as a session does
// that sends them on.
func BenchmarkBatches(b *testing.B) {
	s, d := newStore(b), newDevice(1)
	size := 0
	var end change.Mark
	for range 50 {
		batch := censusBatch(b, d, end, 20)
		end = batch.End()
		size += len(batch.Bytes())
		mustAppend(b, s, d.unit, batch)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		mustView(b, s, func(tx *journal.Tx) error {
			batches, err := tx.Batches(d.stream, 0, 1<<20)
			if len(batches) != 50 {
				b.Fatal(len(batches), err)
			}
			return err
		})
	}
}

func censusBatch(t testing.TB, d device, after change.Mark, count int) *change.Batch {
	t.Helper()
	changes := make([][]byte, count)
	for i := range changes {
		changes[i] = census(t, int(after.Seq)+i)
	}
	b, err := change.Seal(d.key, d.stream, after, changes, 7)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
