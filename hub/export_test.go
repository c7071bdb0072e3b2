package hub

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/digest"
	"tongbu/internal/merge"
)

// Night does what the hub does at the turn of a day.
func (h *Hub) Night(ctx context.Context) error { return h.nightly().Once(ctx) }

// AuthorityOf is what programs verify a hub by.
func AuthorityOf(h *Hub) (Authority, error) { return h.authority() }

// AccountOf is what the view of a hub has of a unit.
func AccountOf(ctx context.Context, h *Hub, unit change.UnitID, day string) (digest.Account, error) {
	return viewBooks{h}.Account(ctx, unit, day)
}

// RecordOf is a record as the view of a hub has it.
func RecordOf(ctx context.Context, h *Hub, kind string, id change.RecordID) (*merge.Record, error) {
	return h.view.Record(ctx, kind, id)
}
