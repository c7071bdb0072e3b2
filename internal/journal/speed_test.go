package journal_test

import (
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// BenchmarkAppend is a hub's path to the disk: batches of ten devices in one
// transaction.
func BenchmarkAppend(b *testing.B) {
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
					batch, err := change.Seal(d.key, d.stream, ends[i], raws, 1)
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
