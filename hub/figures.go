package hub

import (
	"context"

	"tongbu/hub/follow"
	"tongbu/hub/query"
	"tongbu/hub/relay"
)

// Linked lists the devices below that have had a link since the start.
func (h *Hub) Linked() []relay.Linked { return h.relay.Linked() }

// TurnedAway counts the calls of devices that have no place here.
func (h *Hub) TurnedAway() uint64 { return h.relay.TurnedAway() }

// Asked is how the questions of those here and below have ended.
func (h *Hub) Asked() *query.Asked { return &h.asked }

// Asking counts the questions that run and those that wait for their turn.
func (h *Hub) Asking() (running, waiting int) { return h.turns.Load() }

// ViewOpen is nil when the view can be read, or when there is none here.
func (h *Hub) ViewOpen(ctx context.Context) error {
	if h.view == nil {
		return nil
	}
	_, err := h.view.Applied(ctx)
	return err
}

// Following is how far the view is, and what has been done for it; false: there is
// none here.
func (h *Hub) Following() (g follow.Figures, has bool, err error) {
	if h.follower == nil {
		return g, false, nil
	}
	g, err = h.follower.Figures()
	return g, true, err
}
