// Package durations counts how long things take, in fixed buckets: a commit, an
// fsync, a question. Whoever does the work adds to a histogram that it owns; what is
// made of it, figures for an operator, is made where it is read.
package durations

import (
	"sync/atomic"
	"time"
)

// bounds are the upper bounds of the buckets. They cover an fsync of a good disk and a
// question that runs into its limit.
var bounds = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond,
	5 * time.Second, 10 * time.Second, 30 * time.Second, 60 * time.Second,
}

// Histogram counts durations. The zero value is empty. It is safe for concurrent use.
type Histogram struct {
	counts [len(bounds) + 1]atomic.Uint64 // the last: above all bounds
	sum    atomic.Int64                   // nanoseconds
}

// Reading is what a histogram held at one moment.
type Reading struct {
	Count   uint64
	Sum     float64            // seconds
	Buckets map[float64]uint64 // upper bound in seconds -> how many took no longer
}

// Add counts one.
func (h *Histogram) Add(d time.Duration) {
	i := 0
	for i < len(bounds) && d > bounds[i] {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(int64(d))
}

// Since counts the time since start.
func (h *Histogram) Since(start time.Time) { h.Add(time.Since(start)) }

// Read returns what has been counted. What is added meanwhile may be in the count and
// not yet in the sum.
func (h *Histogram) Read() Reading {
	r := Reading{Sum: time.Duration(h.sum.Load()).Seconds(), Buckets: make(map[float64]uint64, len(bounds))}
	for i := range h.counts {
		r.Count += h.counts[i].Load()
		if i < len(bounds) {
			r.Buckets[bounds[i].Seconds()] = r.Count
		}
	}
	return r
}
