package streams_test

import (
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/syncer/streams/streamstest"
)

// BenchmarkAppend is what a hub does with one batch: check, store, sync.
func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("%d changes", n), func(b *testing.B) {
			w := streamstest.MustFound(b)
			hub, node := w.MustJoin(b, w.Street), w.MustJoin(b, w.Community)
			if err := hub.Learn(b.Context(), node.Keys.Certificate().Raw); err != nil {
				b.Fatal(err)
			}
			texts := make([]string, n)
			for i := range texts {
				texts[i] = fmt.Sprintf("text %d", i)
			}
			own, end := node.Own(w.Community), change.Mark{}
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				batch := streamstest.MustBatch(b, node.Keys.Key(), own, end, texts...)
				end = batch.End()
				b.StartTimer()
				if _, err := hub.Append(b.Context(), below(node), [][]byte{batch.Bytes()}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/change")
		})
	}
}
