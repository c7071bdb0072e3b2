package hub

import "context"

// Night does what the hub does at the turn of a day.
func (h *Hub) Night(ctx context.Context) error { return h.nightly().Once(ctx) }

// AuthorityOf is what programs verify a hub by.
func AuthorityOf(h *Hub) (Authority, error) { return h.authority() }
