package hub

import (
	"net/http"

	"tongbu/internal/identity"
)

// Authorities is what the root answers when its authority changed.
type Authorities struct {
	Authority string `json:"authority"` // fingerprint of the one that signs, for people
	Trusted   int    `json:"trusted"`   // how many generations are trusted
}

// rotate has the next authority sign from now on. The city's own certificate
// is its first; every other device gets one when it renews, and accepts those
// of others at once.
func (h *Hub) rotate(r *http.Request) (any, error) {
	if err := h.authority.Rotate(h.Now()); err != nil {
		return nil, err
	}
	return h.authorities(r)
}

// retire ends the trust in the authority before.
func (h *Hub) retire(r *http.Request) (any, error) {
	if err := h.authority.Retire(h.Now()); err != nil {
		return nil, err
	}
	return h.authorities(r)
}

func (h *Hub) authorities(r *http.Request) (any, error) {
	if err := identity.Renew(r.Context(), h.Keys, h.root); err != nil {
		return nil, err
	}
	if err := h.Streams.Learn(r.Context(), h.Keys.Proof()); err != nil {
		return nil, err
	}
	a := Authorities{Authority: h.authority.Fingerprint().Short(), Trusted: len(h.authority.Bundle())}
	h.Log.Warn("authority changed", "authority", a.Authority, "trusted", a.Trusted)
	return a, nil
}
