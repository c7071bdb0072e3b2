package hub

import "context"

// SayAccounts says what the hub holds, as at the turn of a day.
func (h *Hub) SayAccounts(ctx context.Context) error { return h.teller().Say(ctx) }
