// Package light makes connections of nodes that keep nothing on a disk, so
// that one process can be thousands of them: each has its own key and
// certificate, and speaks through the product's own link over TCP and mTLS.
package light

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"time"

	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"

	"tongbu/internal/change"
	"tongbu/internal/identity"
	"tongbu/internal/tree"
)

// Source is a device's identity in memory.
type Source struct {
	Unit tree.Unit
	Key  ed25519.PrivateKey

	svid     *x509svid.SVID
	verifier *identity.Verifier
}

var _ identity.Source = (*Source)(nil)

// NewSource makes a device of the unit, with a certificate of the authority.
func NewSource(a *identity.Authority, verifier *identity.Verifier, u tree.Unit) (*Source, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, err
	}
	der, err := a.Issue(csr, u.ID, time.Now())
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	id, err := spiffeid.FromURI(leaf.URIs[0])
	if err != nil {
		return nil, err
	}
	chain := append([]*x509.Certificate{leaf}, a.Bundle()...)
	return &Source{Unit: u, Key: key, verifier: verifier, svid: &x509svid.SVID{ID: id, Certificates: chain, PrivateKey: key}}, nil
}

// Device names the device.
func (s *Source) Device() change.DeviceID {
	return change.DeviceOf(s.Key.Public().(ed25519.PublicKey))
}

// Certificate is the device's certificate (DER).
func (s *Source) Certificate() []byte { return s.svid.Certificates[0].Raw }

// GetX509SVID implements identity.Source.
func (s *Source) GetX509SVID() (*x509svid.SVID, error) { return s.svid, nil }

// Verifier implements identity.Source.
func (s *Source) Verifier() *identity.Verifier { return s.verifier }

// Now implements identity.Source.
func (s *Source) Now() time.Time { return time.Now() }
