package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// Listen is where a hub can be reached; a node leaves the addresses empty.
type Listen struct {
	Address string // host:port of gRPC
	Web     string // host:port of HTTPS
	Door    string // host:port of renewal
	Name    string // for people
}

// Join redeems the token and installs what the root grants. It may be
// repeated until it succeeds. It returns Busy when the directory already
// belongs to another network or unit, Denied when the answer is not the
// root's own, and what Enroll returns.
func Join(ctx context.Context, k *Keystore, t Token, reg Registrar, listen Listen) error {
	if k.Joined() && (k.Placement().Network != t.Network || k.Placement().Unit != t.Unit) {
		return fault.New(fault.Busy, "this directory already belongs to unit %s of %s", k.Placement().Unit, k.Placement().Network).
			WithHint("join with an empty directory")
	}
	req, err := t.request(k, listen)
	if err != nil {
		return err
	}
	answer, err := reg.Enroll(ctx, req)
	if err != nil {
		return fault.Wrap("join", err)
	}
	failpoint.Reach("identity.join.answered")
	o, err := answer.open(k.Device(), req.Nonce, t.vouchedFor)
	if err != nil {
		return fault.Wrap("join", err)
	}
	if o.grant.Unit != t.Unit || o.grant.Network != t.Network {
		return fault.New(fault.Denied, "the answer places this device in another unit or network than the token")
	}
	err = k.install(o)
	failpoint.Reach("identity.join.installed")
	return err
}

func (t Token) request(k *Keystore, listen Listen) (EnrollRequest, error) {
	csr, err := newCSR(k.key)
	if err != nil {
		return EnrollRequest{}, err
	}
	nonce, err := newNonce(k.opts.Random)
	if err != nil {
		return EnrollRequest{}, err
	}
	req := EnrollRequest{Ticket: t.Ticket(), Network: t.Network, Unit: t.Unit, CSR: csr, Nonce: nonce,
		Address: listen.Address, Web: listen.Web, Door: listen.Door, Name: listen.Name}
	req.Proof = ed25519.Sign(t.key(), req.signedBytes())
	return req, nil
}

// Renew replaces the device's certificate, bundle and placement by what the
// root grants now. On an error nothing has changed. It returns Denied when
// the answer is not the root's own, and what the registrar returns.
func Renew(ctx context.Context, k *Keystore, reg Registrar) error {
	csr, err := newCSR(k.key)
	if err != nil {
		return err
	}
	nonce, err := newNonce(k.opts.Random)
	if err != nil {
		return err
	}
	req := RenewRequest{Device: k.Device(), CSR: csr, Nonce: nonce}
	answer, err := reg.Renew(ctx, req)
	if err == nil && len(answer.Challenge) > 0 {
		req.Challenge = answer.Challenge
		req.Proof = ed25519.Sign(k.key, req.signedBytes())
		answer, err = reg.Renew(ctx, req)
	}
	if err != nil {
		return fault.Wrap("renew the certificate", err)
	}
	failpoint.Reach("identity.renew.answered")
	now := k.current.Load()
	o, err := answer.open(k.Device(), nonce, func([]*x509.Certificate) []*x509.Certificate { return now.bundle })
	if err != nil {
		return fault.Wrap("renew the certificate", err)
	}
	if o.grant.Network != now.placement.Network || o.grant.RootUnit != now.placement.RootUnit {
		return fault.New(fault.Denied, "the answer names another network or root")
	}
	if err := k.checkEnd(o.leaf); err != nil {
		return fault.Wrap("renew the certificate", err)
	}
	err = k.install(o)
	failpoint.Reach("identity.renew.installed")
	return err
}

// checkEnd keeps a certificate from being replaced by one that has ended and does so
// before it: whichever clock is wrong, here or at the city, the one held works longer.
func (k *Keystore) checkEnd(next *x509.Certificate) error {
	now, held := k.Now(), k.Certificate()
	if !now.After(next.NotAfter) || next.NotAfter.After(held.NotAfter) {
		return nil
	}
	return fault.New(fault.Invalid, "the city issued a certificate that ended at %s, the clock here says %s", formatTime(next.NotAfter), formatTime(now)).
		WithHint("the one held is kept; " + whoseClock)
}
