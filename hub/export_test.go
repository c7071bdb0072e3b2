package hub

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/digest"
)

// Night does what the hub does at the turn of a day.
func (h *Hub) Night(ctx context.Context) error { return h.nightly().Once(ctx) }

// AuthorityOf is what programs verify a hub by.
func AuthorityOf(h *Hub) (Authority, error) { return h.authority() }

// AccountOf is what the view of a hub has of a unit.
func AccountOf(ctx context.Context, h *Hub, unit change.UnitID, day string) (digest.Account, error) {
	return viewBooks{h}.Account(ctx, unit, day)
}
