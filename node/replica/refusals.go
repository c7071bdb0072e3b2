package replica

import (
	"maps"
	"sync"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Refusals counts the batches that were brought and not stored. It is safe for
// concurrent use.
type Refusals struct {
	mu  sync.Mutex // guards all below
	all map[Refusal]uint64
}

// Refusal is who brought batches, and why they were not stored.
type Refusal struct {
	From change.UnitID
	Kind fault.Kind
}

func (r *Refusals) add(from change.UnitID, kind fault.Kind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[Refusal]uint64{}
	}
	r.all[Refusal{from, kind}]++
}

// Counts returns how many there were.
func (r *Refusals) Counts() map[Refusal]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.all)
}
