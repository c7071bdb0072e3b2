package serve

import (
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/limit"
)

// Quotas of one device; all but connecting are multiplied by its weight.
var (
	connecting = limit.Quota{Burst: 60, Every: 500 * time.Millisecond}
	linking    = limit.Quota{Burst: 30, Every: time.Second}
	asking     = limit.Quota{Burst: 40, Every: 100 * time.Millisecond}
)

// maxDevices bounds the memory; a city has fewer devices.
const maxDevices = 16 << 10

// buckets count how often each device asks.
type buckets struct {
	*limit.Callers[change.DeviceID]
}

func newBuckets(now func() time.Time) *buckets {
	return &buckets{limit.NewCallers[change.DeviceID](now, maxDevices)}
}

// allow returns Exhausted, with how long to wait, when a device asks too often.
func (b *buckets) allow(d change.DeviceID, q limit.Quota, weight int) error {
	err := b.Take(d, q.Times(weight))
	if err == nil {
		return nil
	}
	return fault.New(fault.Exhausted, "device %s asks too often", d).WithRetry(fault.RetryAfter(err)).WithHint("it tries again by itself")
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
