package replica

import (
	"context"
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/identity"
	"tongbu/internal/identity/remote"
	"tongbu/internal/members"
	"tongbu/syncer/uplink"
)

// Registrar passes requests to join and renew to the hubs above.
func (r *Replica) Registrar() identity.Registrar { return above{r} }

type above struct{ of *Replica }

// client asks the hubs above, each at the port that at names: first where they
// were told to be last, then where they were before.
func (a above) client(at func(members.Address) string) (*remote.Client, error) {
	var urls, before []string
	for _, p := range a.of.Members.Parents(a.of.Now()) {
		port := at(p)
		if url := "https://" + port; port == "" || slices.Contains(urls, url) || slices.Contains(before, url) {
			continue
		} else if p.Past {
			before = append(before, url)
		} else {
			urls = append(urls, url)
		}
	}
	urls = append(urls, before...)
	return remote.New(urls, identity.TrustOf(a.of.Keys), remote.Options{Dialer: remote.Dialer(a.of.cfg.Dialer), Own: a.of.Keys})
}

// Enroll implements identity.Registrar.
func (a above) Enroll(ctx context.Context, req identity.EnrollRequest) (identity.Answer, error) {
	c, err := a.client(func(p members.Address) string { return p.Web })
	if err != nil {
		return identity.Answer{}, err
	}
	return c.Enroll(ctx, req)
}

// Renew implements identity.Registrar.
func (a above) Renew(ctx context.Context, req identity.RenewRequest) (identity.Answer, error) {
	c, err := a.client(func(p members.Address) string { return identity.DoorOf(p.Door, p.Web) })
	if err != nil {
		return identity.Answer{}, err
	}
	return c.Renew(ctx, req)
}

func (r *Replica) parents() []uplink.Parent {
	var parents []uplink.Parent
	for _, p := range r.Members.Parents(r.Now()) {
		if !slices.ContainsFunc(parents, func(o uplink.Parent) bool { return o.Unit == p.Unit && o.Address == p.Address }) {
			parents = append(parents, uplink.Parent{Unit: p.Unit, Address: p.Address, Past: p.Past})
		}
	}
	return parents
}

// allowParent lets only an ancestor serve this device, and no revoked one.
func (r *Replica) allowParent(m identity.Member) error {
	hub := access.Party{Unit: m.Unit, Device: m.Device, Revoked: r.Members.Banned(m.Device)}
	return access.Serve(r.Members, r.Place.Unit, hub)
}
