package journal_test

import (
	"fmt"
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
	b, err := change.Seal(change.BatchRows, d.key, d.stream, after, changes, 7)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// BenchmarkGroupAppend is a hub's path to the disk: batches of ten devices in one
// transaction.
func BenchmarkGroupAppend(b *testing.B) {
	const devices = 10
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("%d changes a batch", n), func(b *testing.B) {
			s, raw := newStore(b), census(b, 1)
			raws := make([][]byte, n)
			for i := range raws {
				raws[i] = raw
			}
			all := make([]device, devices)
			ends := make([]change.Mark, devices)
			for i := range all {
				all[i] = newDevice(byte(i + 1))
			}
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				batches := make([]*change.Batch, devices)
				for i, d := range all {
					batch, err := change.Seal(change.BatchRows, d.key, d.stream, ends[i], raws, 1)
					if err != nil {
						b.Fatal(err)
					}
					batches[i], ends[i] = batch, batch.End()
				}
				b.StartTimer()
				mustUpdate(b, s, func(tx *journal.Tx) error {
					for i, d := range all {
						if _, err := tx.Append(d.unit, batches[i]); err != nil {
							return err
						}
					}
					return nil
				})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*devices*n), "ns/change")
		})
	}
}

// BenchmarkKept reads a change whose batch was cut off, and all that lies beside it: what
// an entry in a history costs that is alone in its pack.
func BenchmarkKept(b *testing.B) {
	s, d := newStore(b), newDevice(1)
	const count = 1000
	for n := range count {
		mustUpdate(b, s, func(tx *journal.Tx) error {
			if _, err := tx.Add(d.stream, d.unit, census(b, n)); err != nil {
				return err
			}
			_, err := tx.Seal(change.BatchColumns, d.stream, d.key, int64(n))
			return err
		})
	}
	mustCutBy(b, s, d.stream, count, 1<<20)
	for b.Loop() {
		mustView(b, s, func(tx *journal.Tx) error {
			_, err := tx.Change(d.stream, 100)
			return err
		})
	}
}
