package root

import (
	"context"
	"crypto/tls"
	"time"

	"tongbu/internal/access"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/members"
)

// Authorities says which authority signs, and how many are trusted.
type Authorities struct {
	Authority string `json:"authority"` // fingerprint of the one that signs, for people
	Trusted   int    `json:"trusted"`   // how many generations are trusted
}

// Rotate makes the next authority sign from now on. The city's own certificate
// is its first; every other device gets one when it renews, and accepts those
// of others at once.
func (r *Root) Rotate(ctx context.Context) (Authorities, error) {
	if err := r.authority.Rotate(r.at.Now()); err != nil {
		return Authorities{}, err
	}
	return r.renewOwn(ctx)
}

// Retire ends the trust in the authority before. It returns Busy while a device or a
// program may hold a certificate of it, and what identity's does.
func (r *Root) Retire(ctx context.Context) (Authorities, error) {
	if err := r.programsRenewed(); err != nil {
		return Authorities{}, err
	}
	if err := r.authority.Retire(r.at.Now()); err != nil {
		return Authorities{}, err
	}
	return r.renewOwn(ctx)
}

// programsRenewed returns Busy while a program has access by a certificate from before
// the authority that signs now: unlike devices', it is not renewed by itself.
func (r *Root) programsRenewed() error {
	if len(r.authority.Bundle()) < 2 {
		return nil
	}
	day, _, err := r.day()
	if err != nil {
		return err
	}
	since := r.authority.Since().UnixMilli()
	for _, p := range r.at.Members.Programs() {
		if p.Certificate != nil && p.Added < since && access.ProgramActive(members.RightsOf(p), day) == nil {
			return fault.New(fault.Busy, "program %s has a certificate of the older authority until %s", p.Name, p.Until).
				WithHint("revoke it and give it access again, or retire it then")
		}
	}
	return nil
}

// renewOwn renews the city's certificate under the changed authority.
func (r *Root) renewOwn(ctx context.Context) (Authorities, error) {
	if err := identity.Renew(ctx, r.at.Keys, r.registrar); err != nil {
		return Authorities{}, err
	}
	if err := r.at.Streams.Learn(ctx, r.at.Keys.Proof()); err != nil {
		return Authorities{}, err
	}
	a := Authorities{Authority: r.authority.Fingerprint().Short(), Trusted: len(r.authority.Bundle())}
	r.at.Log.Warn("authority changed", "authority", a.Authority, "trusted", a.Trusted)
	return a, nil
}

// ServerCertificate makes a certificate for a port of the city that programs reach by
// names or addresses.
func (r *Root) ServerCertificate(hosts []string, now time.Time) (tls.Certificate, error) {
	return r.authority.IssueServer(hosts, now)
}
