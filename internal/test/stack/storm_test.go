package stack_test

import (
	"runtime"
	"slices"
	"time"

	"tongbu/internal/test/stack"
)

// rate of every line, the hubs' among them, in bytes a second: 512 kbit/s.
const rate = 64 << 10

// storm has all nodes come back in the same instant, each with so many
// changes, and waits until each has its receipts. Waits are virtual time, the
// heap is the test's own.
func storm(w *stack.World, nodes []*stack.Device, each int) figures {
	for _, n := range nodes {
		n.MustStart()
		n.MustFill(each)
	}
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	for _, d := range w.Devices {
		for _, up := range w.Devices {
			if up.IsHub() && up != d {
				w.Net.Line(d.Site, up.Site).Rate = rate
			}
		}
	}
	for _, n := range nodes {
		w.Net.SetSite(n.Site, stack.Whole)
	}
	waits := make(map[*stack.Device]time.Duration)
	peak, held := uint64(0), 0
	w.Watch(200*time.Millisecond, 12*time.Hour, "everybody has the receipts", func() bool {
		runtime.ReadMemStats(&now)
		peak, held = max(peak, now.HeapAlloc), max(held, w.Net.Held())
		for _, n := range nodes {
			if own := n.MustStatus().Own; waits[n] == 0 && own.AtCity == own.Head {
				waits[n] = time.Since(start)
			}
		}
		return len(waits) == len(nodes)
	})
	sorted := make([]time.Duration, 0, len(waits))
	for _, wait := range waits {
		sorted = append(sorted, wait)
	}
	slices.Sort(sorted)
	median, p99 := sorted[len(sorted)/2], sorted[(len(sorted)*99)/100]
	if p99 > 3*median {
		w.TB.Errorf("waits are not fair: p99 %v, median %v", p99, median)
	}
	w.MustBeWhole(stack.Ending{})
	return figures{"nodes": len(nodes), "changes": each * len(nodes), "median_s": seconds(median), "p99_s": seconds(p99),
		"heap_growth_mib": (int64(peak) - int64(before.HeapAlloc)) >> 20, "on_lines_kib": held >> 10}
}
