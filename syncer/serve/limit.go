package serve

import (
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// rate is how often a device may do something: a burst at once, then one each
// time every has passed.
type rate struct {
	burst int
	every time.Duration
}

// Rates of one device; all but connecting are multiplied by its weight.
var (
	connecting = rate{burst: 60, every: 500 * time.Millisecond}
	linking    = rate{burst: 30, every: time.Second}
	asking     = rate{burst: 40, every: 100 * time.Millisecond}
)

// maxBuckets bounds the memory; a city has fewer devices.
const maxBuckets = 16 << 10

// buckets are token buckets, one a device, each kept as the time at which all
// tokens that were used are refilled.
type buckets struct {
	now func() time.Time

	mu     sync.Mutex // guards fullAt
	fullAt map[change.DeviceID]time.Time
}

func newBuckets(now func() time.Time) *buckets {
	return &buckets{now: now, fullAt: map[change.DeviceID]time.Time{}}
}

// allow returns Exhausted, with how long to wait, when a device asks too often.
func (b *buckets) allow(d change.DeviceID, r rate, weight int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, every := b.now(), r.every/time.Duration(weight)
	fullAt := b.fullAt[d]
	most := time.Duration(r.burst*weight) * every     // how far a burst reaches ahead of now
	if fullAt.Before(now) || fullAt.Sub(now) > most { // full, or this clock was set back since
		fullAt = now
	}
	if ahead := fullAt.Add(every).Sub(now); ahead > most {
		return fault.New(fault.Exhausted, "device %s asks too often", d).WithRetry(ahead - most).WithHint("it tries again by itself")
	}
	if _, known := b.fullAt[d]; !known && len(b.fullAt) >= maxBuckets {
		clear(b.fullAt)
	}
	b.fullAt[d] = fullAt.Add(every)
	return nil
}

// counter counts the calls that devices have under way.
type counter struct {
	mu sync.Mutex // guards n
	n  map[change.DeviceID]int
}

// begin returns Exhausted when the device has that many under way already.
func (c *counter) begin(d change.DeviceID, most int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[d] >= most {
		return fault.New(fault.Exhausted, "device %s has %d calls under way", d, most).WithRetry(time.Second).WithHint("it tries again by itself")
	}
	c.n[d]++
	return nil
}

func (c *counter) end(d change.DeviceID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[d]--; c.n[d] == 0 {
		delete(c.n, d)
	}
}
