package hub

import (
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

// newcomers are units that have come below this hub with a change of the tree. What the city
// has of them comes down from above: until it is here their devices are asked to go on with
// another hub, since they would send all of it again, over worse lines.
type newcomers struct {
	mu    sync.Mutex // guards what follows
	tree  *tree.Tree // as it was last; nil: none had come
	since time.Time
	units map[change.UnitID]bool
}

// longestFetch bounds how long a device is sent on: the city may have nothing of it.
const longestFetch = 2 * time.Minute

// retryFetch is how long it is asked to wait where no other hub answers.
const retryFetch = 2 * time.Second

// note compares the tree with the one before.
func (n *newcomers) note(t *tree.Tree, own change.UnitID, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if before := n.tree; before != nil && t != nil {
		n.since, n.units = now, map[change.UnitID]bool{}
		for _, unit := range t.Under(own) {
			if _, stood := before.Unit(unit); stood && !before.Below(own, unit) {
				n.units[unit] = true
			}
		}
	}
	n.tree = t
}

// has reports whether a unit is one of them, and not since long.
func (n *newcomers) has(unit change.UnitID, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.units[unit] && now.Sub(n.since).Abs() < longestFetch
}

// forget notes that everything of a unit is here.
func (n *newcomers) forget(unit change.UnitID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.units, unit)
}

// fetching returns Unavailable while the streams of a unit that has come below this hub
// are still on their way from above.
func (h *Hub) fetching(unit change.UnitID) error {
	if !h.newcomers.has(unit, h.Replica.Now()) || !h.Replica.Uplink.Line().Connected {
		return nil
	}
	began, lacks := false, false
	entries, _ := h.Replica.Streams.Entries()
	for _, e := range entries {
		if e.Stream.Audience != unit && e.Author != unit {
			continue
		}
		began = began || e.Author == unit && e.Sealed.Seq > 0
		lacks = lacks || e.Receipt.Seq > e.Sealed.Seq
	}
	if began && !lacks {
		h.newcomers.forget(unit)
		return nil
	}
	return fault.New(fault.Unavailable, "this hub still fetches from above what the city has of unit %s", unit).WithRetry(retryFetch)
}
