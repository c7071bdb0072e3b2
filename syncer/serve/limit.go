package serve

import (
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// rate is how often a device may do something: burst at once, then each more
// after every.
type rate struct {
	burst int
	every time.Duration
}

// Rates of one device; questions are multiplied by how many it stands for.
var (
	connecting = rate{burst: 60, every: 500 * time.Millisecond}
	linking    = rate{burst: 30, every: time.Second}
	asking     = rate{burst: 40, every: 100 * time.Millisecond}
)

// maxBuckets bounds the memory; the devices of a city are fewer.
const maxBuckets = 16 << 10

// buckets count what devices do, each as the time at which its last permit is
// paid for.
type buckets struct {
	now func() time.Time

	mu   sync.Mutex // guards paid
	paid map[change.DeviceID]time.Time
}

func newBuckets(now func() time.Time) *buckets {
	return &buckets{now: now, paid: map[change.DeviceID]time.Time{}}
}

// take returns Exhausted, with how long to wait, when a device does too much.
func (b *buckets) take(d change.DeviceID, r rate, weight int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, every := b.now(), r.every/time.Duration(weight)
	paid := b.paid[d]
	if paid.Before(now) {
		paid = now
	}
	most := time.Duration(r.burst*weight) * every // how far a burst reaches ahead of now
	if ahead := paid.Add(every).Sub(now); ahead > most {
		return fault.New(fault.Exhausted, "device %s asks too often", d).WithRetry(ahead - most).WithHint("it tries again by itself")
	}
	if _, known := b.paid[d]; !known && len(b.paid) >= maxBuckets {
		clear(b.paid)
	}
	b.paid[d] = paid.Add(every)
	return nil
}

// counter counts what devices have under way.
type counter struct {
	mu sync.Mutex // guards n
	n  map[change.DeviceID]int
}

// enter returns Exhausted when the device has so much under way already.
func (c *counter) enter(d change.DeviceID, most int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[d] >= most {
		return fault.New(fault.Exhausted, "device %s has %d calls under way", d, most).WithRetry(time.Second).WithHint("it tries again by itself")
	}
	c.n[d]++
	return nil
}

func (c *counter) leave(d change.DeviceID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[d]--; c.n[d] == 0 {
		delete(c.n, d)
	}
}
