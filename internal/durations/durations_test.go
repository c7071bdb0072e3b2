package durations_test

import (
	"sync"
	"testing"
	"time"

	"tongbu/internal/durations"
)

func TestBuckets(t *testing.T) {
	var h durations.Histogram
	for _, d := range []time.Duration{0, time.Millisecond, time.Millisecond + 1, 2 * time.Second, time.Hour} {
		h.Add(d)
	}
	got := h.Read()
	if got.Count != 5 || got.Sum < 3602 || got.Sum > 3602.01 {
		t.Errorf("got %d in %v s, want 5 in 3602 s", got.Count, got.Sum)
	}
	for bound, want := range map[float64]uint64{0.0005: 1, 0.001: 2, 0.0025: 3, 1: 3, 2.5: 4, 60: 4} {
		if got.Buckets[bound] != want {
			t.Errorf("up to %v s: got %d, want %d", bound, got.Buckets[bound], want)
		}
	}
}

// TestAtOnce: nothing is lost when many add.
func TestAtOnce(t *testing.T) {
	var h durations.Histogram
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				h.Add(time.Millisecond)
			}
		})
	}
	all.Wait()
	if got := h.Read(); got.Count != 8000 || got.Buckets[0.001] != 8000 {
		t.Errorf("got %+v, want 8000", got)
	}
}
