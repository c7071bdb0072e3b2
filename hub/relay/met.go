package relay

import (
	"tongbu/internal/change"
	"tongbu/syncer"
	"tongbu/syncer/link"
)

// met is what is kept of a device that has had a link. There are no more of them than
// the city has admitted below this hub.
type met struct {
	unit  change.UnitID // by its certificate
	meter *link.Meter
}

// Linked is a device below that has had a link since the start.
type Linked struct {
	syncer.Peer
	Live  bool // it has one now
	Meter *link.Meter
}

// Linked lists them, in no order.
func (r *Relay) Linked() []Linked {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Linked, 0, len(r.met))
	for d, m := range r.met {
		all = append(all, Linked{Peer: syncer.Peer{Unit: m.unit, Device: d}, Live: len(r.live[d]) > 0, Meter: m.meter})
	}
	return all
}

// TurnedAway counts the calls of devices that have no place here, since the start.
func (r *Relay) TurnedAway() uint64 { return r.turned.Load() }
