package identity_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

// wantKind fails unless err has the kind, says what it should in one line and
// has a hint where it is for users.
func wantKind(t *testing.T, err error, kind fault.Kind, says string) {
	t.Helper()
	switch {
	case fault.Of(err) != kind || err == nil:
		t.Errorf("got %v (%s), want kind %s", err, fault.Of(err), kind)
	case !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n"):
		t.Errorf("got %q, want one line with %q", err, says)
	}
}

// clock is a settable clock.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)} }

func mustKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func mustCSR(t *testing.T, template *x509.CertificateRequest, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// signer signs anything: the certificates an attacker would like to have.
type signer struct {
	cert *x509.Certificate // nil: self-signed
	key  ed25519.PrivateKey
}

func (s signer) mustSign(t *testing.T, template *x509.Certificate, public ed25519.PublicKey) *x509.Certificate {
	t.Helper()
	parent := s.cert
	if parent == nil {
		parent = template
	}
	template.SerialNumber = big.NewInt(77)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, s.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// leafFor is a template that names the key's device in the network.
func leafFor(n identity.Network, unit change.UnitID, key ed25519.PublicKey, now time.Time) *x509.Certificate {
	id := url.URL{Scheme: "spiffe", Host: string(n), Path: "/unit/" + string(unit) + "/device/" + string(change.DeviceOf(key))}
	return &x509.Certificate{
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), URIs: []*url.URL{&id},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},

		BasicConstraintsValid: true,
	}
}

// optionsAt are options with the tests' key and a clock that stands.
func optionsAt(now time.Time) identity.Options {
	return identity.Options{Key: identitytest.Key, Now: func() time.Time { return now }}
}

// authorityOf reads an authority's key from its directory, as a thief would.
func authorityOf(t *testing.T, dir string) signer {
	t.Helper()
	a, err := identity.OpenAuthority(dir, optionsAt(newClock().Now()))
	if err != nil {
		t.Fatal(err)
	}
	return signer{cert: a.Bundle()[0], key: identity.PrivateKey(a)}
}

func mustFound(t *testing.T) (*identitytest.Network, *clock) {
	t.Helper()
	c := newClock()
	return identitytest.MustFound(t, identity.Options{Now: c.Now}), c
}

var emptyRequest = &x509.CertificateRequest{}

// mustRequest makes the request of a holder of the token, altered before the
// token's key signs it.
func mustRequest(t *testing.T, n *identitytest.Network, token identity.Token, alter func(*identity.EnrollRequest)) identity.EnrollRequest {
	t.Helper()
	req, err := identity.NewEnrollRequest(n.MustCreate(t), token, identity.Listen{})
	if err != nil {
		t.Fatal(err)
	}
	alter(&req)
	identity.SignRequest(&req, token)
	return req
}

// joinable makes a device under an authority of the test's own.
func joinable(t *testing.T, a *identity.Authority, c *clock) *identity.Keystore {
	t.Helper()
	r, opts := identitytest.NewMemory(), identity.Options{Key: identitytest.Key, Now: c.Now}
	r.SetPlace(testUnit, identity.Place{Level: 2, RootUnit: testUnit})
	root := identity.NewRoot(a, r, opts)
	token, err := root.Invite(t.Context(), testUnit, 0)
	if err != nil {
		t.Fatal(err)
	}
	k, err := identity.Create(t.TempDir(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Join(t.Context(), k, token, root, identity.Listen{}); err != nil {
		t.Fatal(err)
	}
	return k
}
