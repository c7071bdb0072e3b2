package monitor_test

import (
	"testing"

	"tongbu/hub/monitor"
	"tongbu/internal/test/figures"
	"tongbu/internal/test/kit"
)

// BenchmarkScrape of a city with 500 streams that have come from below.
func BenchmarkScrape(b *testing.B) {
	w := kit.MustTown(b)
	city := w.MustCity(b)
	for range 500 {
		f := w.MustForger(b, kit.First)
		f.MustSay(b, city, kit.First, kit.People(0, 1)...)
	}
	h := mustHub(b, city)
	c := monitor.Config{Replica: city, Operate: h.Operate, Hub: h, MaxLag: 10}
	b.ReportAllocs()
	for b.Loop() {
		figures.Must(b, c)
	}
}
