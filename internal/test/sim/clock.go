package sim

import "time"

// began is the instant at which every world begins, by a clock that is right.
var began = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// clock is a device's idea of the time.
type clock struct {
	offset  time.Duration
	stopped bool
	stood   time.Duration // virtual time at which it stopped
}

func (c *clock) timeAt(now time.Duration) time.Time {
	if c.stopped {
		now = c.stood
	}
	return began.Add(now + c.offset)
}

// stop has the clock stand still from now on.
func (c *clock) stop(now time.Duration) { c.stopped, c.stood = true, now }

// shift moves the clock; a stopped one goes again.
func (c *clock) shift(by time.Duration) { c.offset, c.stopped = c.offset+by, false }
