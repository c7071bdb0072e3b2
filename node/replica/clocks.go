package replica

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"tongbu/internal/change"
)

// farAhead is how far a time may be ahead of the clock here without a warning: a
// wrong day is found, a clock that is some minutes fast is shown elsewhere. Times
// decide nothing; a wrong one misleads people.
const farAhead = 24 * time.Hour

// Ahead is a device that dates its changes ahead of the clock here.
type Ahead struct {
	Unit   change.UnitID
	Device change.DeviceID
	By     time.Duration
}

// maxAhead bounds the memory.
const maxAhead = 1000

// Clocks compares the clocks of others with the one here.
type Clocks struct {
	now    func() time.Time
	log    *slog.Logger
	offset atomic.Int64 // the parent's clock less ours, nanoseconds

	mu    sync.Mutex // guards ahead
	ahead map[change.DeviceID]Ahead
}

// Offset is the parent's clock less the one here; 0 before the first link.
func (c *Clocks) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// Dated compares the time of a device's change, in Unix milliseconds, with the
// clock here.
func (c *Clocks) Dated(d change.DeviceID, author change.UnitID, at int64) {
	by := time.UnixMilli(at).Sub(c.now())
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.ahead[d]
	if by <= farAhead {
		delete(c.ahead, d)
		return
	}
	if len(c.ahead) >= maxAhead && !known {
		return
	}
	if c.ahead == nil {
		c.ahead = map[change.DeviceID]Ahead{}
	}
	c.ahead[d] = Ahead{Unit: author, Device: d, By: by}
	if !known {
		c.log.Warn("a device dates its changes ahead of the clock here; they win nothing by it", "device", string(d), "unit", string(author))
	}
}

// Aheads lists the devices whose newest changes were dated far ahead, by unit.
func (c *Clocks) Aheads() []Ahead {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Ahead, 0, len(c.ahead))
	for _, a := range c.ahead {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Ahead) int { return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Device, b.Device)) })
	return all
}

// IsAhead reports whether a time, in Unix milliseconds, is far ahead of the
// clock here.
func (c *Clocks) IsAhead(at int64) bool { return time.UnixMilli(at).Sub(c.now()) > farAhead }

// OwnAhead reports whether the parent's clock says that this one is far ahead;
// before the first link nobody knows.
func (c *Clocks) OwnAhead() bool { return -c.Offset() > farAhead }
