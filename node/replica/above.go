package replica

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/identity"
	"tongbu/internal/identity/remote"
	"tongbu/syncer/uplink"
)

// Registrar passes requests to join and renew to the hubs above.
func (r *Replica) Registrar() identity.Registrar { return above{r} }

type above struct{ of *Replica }

// client asks the hubs above, each at the port that at names.
func (a above) client(at func(identity.Parent) string) (*remote.Client, error) {
	var urls []string
	for _, p := range a.of.Members.Parents() {
		if port := at(p); port != "" {
			urls = append(urls, "https://"+port)
		}
	}
	return remote.New(urls, identity.TrustOf(a.of.Keys), remote.Options{Dialer: remote.Dialer(a.of.cfg.Dialer), Own: a.of.Keys})
}

// Enroll implements identity.Registrar.
func (a above) Enroll(ctx context.Context, req identity.EnrollRequest) (identity.Answer, error) {
	c, err := a.client(func(p identity.Parent) string { return p.Web })
	if err != nil {
		return identity.Answer{}, err
	}
	return c.Enroll(ctx, req)
}

// Renew implements identity.Registrar.
func (a above) Renew(ctx context.Context, req identity.RenewRequest) (identity.Answer, error) {
	c, err := a.client(func(p identity.Parent) string { return identity.DoorOf(p.Door, p.Web) })
	if err != nil {
		return identity.Answer{}, err
	}
	return c.Renew(ctx, req)
}

func (r *Replica) parents() []uplink.Parent {
	var parents []uplink.Parent
	for _, p := range r.Members.Parents() {
		if p.Address != "" {
			parents = append(parents, uplink.Parent{Unit: p.Unit, Address: p.Address})
		}
	}
	return parents
}

// allowParent lets only an ancestor serve this device, and no revoked one.
func (r *Replica) allowParent(m identity.Member) error {
	hub := access.Party{Unit: m.Unit, Device: m.Device, Revoked: r.Members.Banned(m.Device)}
	return access.Serve(r.Members, r.Place.Unit, hub)
}
