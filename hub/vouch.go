package hub

import (
	"context"
	"crypto/tls"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// vouch tells requests to join and to renew that are likely to be right from
// those of strangers, by what this hub knows itself.
type vouch struct{ of *Hub }

// Enroll implements enroll.Vouch. The root knows its tokens. Another hub knows
// the units only: their ids are random, so a stranger can name no more than the
// units of the hubs whose certificates it has seen.
func (v vouch) Enroll(ctx context.Context, req identity.EnrollRequest) string {
	if v.of.Root != nil {
		if v.of.Root.Vouches(ctx, req) {
			return "token " + req.Ticket.String()
		}
		return ""
	}
	t := v.of.Replica.Members.Tree()
	if t == nil || req.Network != v.of.Replica.Place.Network {
		return ""
	}
	if _, known := t.Unit(req.Unit); !known {
		return ""
	}
	return "unit " + string(req.Unit)
}

// Renew implements enroll.Vouch.
func (v vouch) Renew(_ context.Context, req identity.RenewRequest) string {
	d, known := v.of.Replica.Members.Device(req.Device)
	if !known || d.State != system.Active || !req.Vouches() {
		return ""
	}
	return "device " + string(req.Device)
}

// memberOn names the member that showed its certificate on a connection, and
// says whether it is a hub below.
func (h *Hub) memberOn(state *tls.ConnectionState) (id change.DeviceID, hub bool) {
	who, err := identity.MemberOn(h.Replica.Keys, state)
	t := h.Replica.Members.Tree()
	if err != nil || t == nil || h.Replica.Members.Banned(who.Device) {
		return "", false
	}
	u, known := t.Unit(who.Unit)
	below := access.Connect(t, h.Replica.Place.Unit, access.Party{Unit: who.Unit, Device: who.Device}) == nil
	return who.Device, known && below && u.Level < tree.Community
}
