package replica

import (
	"tongbu/internal/records"
	"tongbu/internal/system"
)

// Source is what this device's records are made from: at a hub, what the city or
// the hub itself wrote; all else it passes on unread.
func (r *Replica) Source() records.Source {
	return records.Source{Journal: r.Journal, City: r.Place.RootUnit, By: r.readsOf,
		Of: func(k records.Key) bool { return r.keeps(k.Kind) && (!r.cfg.Hub || k.Kind != system.RefusalKind) }}
}
