package root

import (
	"context"
	"crypto/tls"
	"time"

	"tongbu/internal/identity"
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

// Retire ends the trust in the authority before.
func (r *Root) Retire(ctx context.Context) (Authorities, error) {
	if err := r.authority.Retire(r.at.Now()); err != nil {
		return Authorities{}, err
	}
	return r.renewOwn(ctx)
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
