package hub

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// keeper reads a record below for who asks for a correction: what the view has once it has
// all that was here. The desk writes into the audit log whom that tells of.
func (h *Hub) keeper(ctx context.Context, k *schema.Kind, id change.RecordID) (*merge.Record, error) {
	if err := h.follower.AwaitApplied(ctx); err != nil {
		return nil, err
	}
	held, err := h.hold(ctx, k, id)
	return held.Record, err
}
