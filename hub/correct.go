package hub

import (
	"context"

	"tongbu/hub/query"
	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/node/desk"
)

// below is what a desk asks of the view for corrections, once that has all that was here.
// The desk writes into the audit log whom the records tell of.
type below struct{ hub *Hub }

var _ desk.Below = below{}

// Record implements desk.Below.
func (h below) Record(ctx context.Context, k *schema.Kind, id change.RecordID) (*merge.Record, error) {
	if err := h.hub.follower.AwaitApplied(ctx); err != nil {
		return nil, err
	}
	held, err := h.hub.hold(ctx, k, id)
	return held.Record, err
}

// Requests implements desk.Below.
func (h below) Requests(ctx context.Context, of change.RecordID) ([]change.RecordID, error) {
	rows, err := h.hub.queries.Named(ctx, query.Asker{Unit: h.hub.Replica.Place.Unit}, schema.CorrectionRequest, "record", []string{string(of)})
	return idsOf(rows), err
}
