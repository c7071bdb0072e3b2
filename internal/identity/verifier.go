package identity

import (
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"

	"tongbu/internal/fault"
)

// maxCert bounds a device's certificate in bytes, ours have about 500; and
// maxChain one with the authorities beside it, of which there are maxChained.
const (
	maxCert    = 4 << 10
	maxChain   = 8 << 10
	maxChained = 8
)

// Verifier checks certificates against the authorities of one network, and
// against those that follow from them where a chain shows such. It is
// immutable and safe for concurrent use.
type Verifier struct {
	network Network
	bundle  []*x509.Certificate
	past    []*x509.Certificate // retired; trusted for the authors of streams only
}

// NewVerifier trusts the CA certificates in bundle for the network, and past
// ones for the authors of streams. It returns Invalid when the network's name
// is none or the bundle is empty.
func NewVerifier(network Network, bundle []*x509.Certificate, past ...*x509.Certificate) (*Verifier, error) {
	if err := network.Validate(); err != nil {
		return nil, err
	}
	if len(bundle) == 0 {
		return nil, fault.New(fault.Invalid, "no authority to trust")
	}
	return &Verifier{network: network, bundle: slices.Clone(bundle), past: past}, nil
}

// Author checks the certificate (DER) a device's batches are signed under:
// issued by the network's authority, and holding the device's own key. Behind
// it may stand the authorities it is proved by. Dates are ignored, because a
// stream outlives the certificate of its author. It returns Damaged for bytes
// that are no certificate, else Denied.
func (v *Verifier) Author(der []byte) (Member, ed25519.PublicKey, error) {
	if len(der) > maxChain {
		return Member{}, nil, fault.New(fault.Damaged, "a certificate has %d bytes, more than %d", len(der), maxChain)
	}
	chain, err := x509.ParseCertificates(der)
	if err != nil {
		return Member{}, nil, fault.As(fault.Damaged, "read a certificate", err)
	}
	if len(chain) == 0 || len(chain[0].Raw) > maxCert {
		return Member{}, nil, fault.New(fault.Damaged, "no certificate, or one of more than %d bytes", maxCert)
	}
	return v.verify(chain, v.past, chain[0].NotBefore)
}

// Live checks the chain a peer presents on a connection, its own certificate
// first: as Author does, and within its dates, and fit for the usage. It
// returns Denied.
func (v *Verifier) Live(chain []*x509.Certificate, usage x509.ExtKeyUsage, now time.Time) (Member, error) {
	if len(chain) == 0 {
		return Member{}, errNoCert()
	}
	leaf := chain[0]
	if len(leaf.Raw) > maxCert {
		return Member{}, fault.New(fault.Denied, "the certificate has %d bytes, more than %d", len(leaf.Raw), maxCert)
	}
	m, _, err := v.verify(chain, nil, now)
	if err != nil {
		return Member{}, err
	}
	if !slices.Contains(leaf.ExtKeyUsage, usage) {
		return Member{}, fault.New(fault.Denied, "the certificate of device %s is for another use", m.Device)
	}
	return m, nil
}

// verify trusts the bundle, what follows from it, and the authorities in also.
func (v *Verifier) verify(chain, also []*x509.Certificate, at time.Time) (Member, ed25519.PublicKey, error) {
	leaf := chain[0]
	m, key, err := memberOf(leaf)
	if err != nil {
		return Member{}, nil, err
	}
	if m.Network != v.network {
		return Member{}, nil, fault.New(fault.Denied, "device %s belongs to network %s, not %s", m.Device, m.Network, v.network)
	}
	domain, err := v.network.domain()
	if err != nil {
		return Member{}, nil, err
	}
	trusted := v.bundle
	if len(chain) > 1 && len(chain) <= maxChained {
		trusted = heirs(v.network, trusted, chain[1:])
	}
	// The leaf alone: authorities sign devices, there is nothing in between.
	if _, _, err := x509svid.Verify(chain[:1], x509bundle.FromX509Authorities(domain, slices.Concat(trusted, also)), x509svid.WithTime(at)); err != nil {
		return Member{}, nil, refusalOf(leaf, at, err)
	}
	return m, key, nil
}

// refusalOf explains to a person why a chain was not accepted.
func refusalOf(leaf *x509.Certificate, at time.Time, err error) error {
	var invalid x509.CertificateInvalidError
	switch {
	case !errors.As(err, &invalid) || invalid.Reason != x509.Expired:
		return fault.As(fault.Denied, "the certificate is not one of this network", err)
	case at.Before(leaf.NotBefore):
		return fault.New(fault.Denied, "the certificate is valid from %s, the clock here says %s", formatTime(leaf.NotBefore), formatTime(at)).
			WithHint(whoseClock)
	}
	return fault.New(fault.Denied, "the certificate expired at %s, the clock here says %s", formatTime(leaf.NotAfter), formatTime(at)).
		WithHint("it is renewed by itself when its device can reach a hub; else " + whoseClock)
}

// whoseClock is all that two clocks can say. Where there are more, status tells
// which one is wrong.
const whoseClock = "the clock of this computer or the city's is wrong: compare both with a watch (status at the city says whether it is the city's)"

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }
