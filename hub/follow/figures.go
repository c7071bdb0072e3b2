package follow

import (
	"maps"
	"sync"

	"tongbu/hub/view"
	"tongbu/internal/durations"
)

// Other is the kind under which changes of kinds are counted that nobody here knows:
// they bear whatever name a device made up.
const Other = "other"

// Figures are how far the view is, and what has been done for it since the start.
type Figures struct {
	Applied, Last uint64            // arrivals: of the view, and the newest of the journal
	Changes       map[string]uint64 // applied, by kind
	Rebuilds      uint64            // how often the view was begun again
	Apply         durations.Reading // how long it took to apply a portion
}

// done counts what has been done for the view.
type done struct {
	apply durations.Histogram

	mu       sync.Mutex // guards all below
	changes  map[string]uint64
	rebuilds uint64
}

func (d *done) count(changes []view.Change, known func(kind string) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.changes == nil {
		d.changes = map[string]uint64{}
	}
	for _, c := range changes {
		kind := c.Change.Kind
		if known != nil && !known(kind) {
			kind = Other
		}
		d.changes[kind]++
	}
}

func (d *done) rebuilt() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rebuilds++
}

// Figures returns them. It returns what reading the journal does.
func (f *Follower) Figures() (g Figures, err error) {
	g.Applied = f.Applied()
	if g.Last, err = f.lastArrival(); err != nil {
		return g, err
	}
	g.Last, g.Apply = max(g.Last, g.Applied), f.done.apply.Read()
	f.done.mu.Lock()
	defer f.done.mu.Unlock()
	g.Changes, g.Rebuilds = maps.Clone(f.done.changes), f.done.rebuilds
	return g, nil
}
