package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spiffe/go-spiffe/v2/bundle/x509bundle"
	"github.com/spiffe/go-spiffe/v2/spiffeid"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"

	"tongbu/internal/fault"
)

// Program is a program as its certificate names it. It is no Member: nothing that asks
// for a device accepts it, and no device passes for a program.
type Program struct {
	Network Network
	Name    string
	Key     Fingerprint // of its public key, by which the city's word on it is found
}

// ProgramLife is the longest that a program's certificate may last.
const ProgramLife = 366 * 24 * time.Hour

func (p Program) id() (spiffeid.ID, error) {
	domain, err := p.Network.domain()
	if err != nil {
		return spiffeid.ID{}, err
	}
	id, err := spiffeid.FromSegments(domain, "program", p.Name)
	if err != nil {
		return id, fault.As(fault.Invalid, "name a program", err)
	}
	return id, nil
}

// programOf reads the name in a certificate; it does not check who signed it.
func programOf(leaf *x509.Certificate) (Program, error) {
	id, err := x509svid.IDFromCert(leaf)
	if err != nil {
		return Program{}, fault.As(fault.Denied, "read the name in a certificate", err)
	}
	parts := strings.Split(id.Path(), "/")
	if len(parts) != 3 || parts[1] != "program" {
		return Program{}, fault.New(fault.Denied, "the name in a certificate is not a program's")
	}
	return Program{Network: Network(id.TrustDomain().Name()), Name: parts[2], Key: FingerprintOf(leaf)}, nil
}

// Credentials are what a program shows who it is with. Only its key's fingerprint is kept.
type Credentials struct {
	Key Fingerprint
	PEM []byte // private key, certificate, and the authority's
}

// IssueProgram makes a key and a certificate for a program, good until a time. The key
// is of a kind that every TLS library signs with. It returns Invalid for a name that is
// none and for a time that is over or further than ProgramLife.
func (a *Authority) IssueProgram(name string, until, now time.Time) (Credentials, error) {
	if life := until.Sub(now); life <= 0 || life > ProgramLife {
		return Credentials{}, fault.New(fault.Invalid, "a program's certificate lasts at most a year").WithHint("choose a nearer last day")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), a.random)
	if err != nil {
		return Credentials{}, fault.As(fault.Internal, "make the key of a program", err)
	}
	by := a.now.Load()
	template, err := a.programTemplate(name, by.bundle[0], until)
	if err != nil {
		return Credentials{}, err
	}
	der, err := x509.CreateCertificate(nil, template, by.bundle[0], &key.PublicKey, by.key)
	if err != nil {
		return Credentials{}, fault.As(fault.Internal, "issue a certificate", err)
	}
	return credentialsOf(key, der, by.bundle[0])
}

func (a *Authority) programTemplate(name string, ca *x509.Certificate, until time.Time) (*x509.Certificate, error) {
	id, err := Program{Network: a.network, Name: name}.id()
	if err != nil {
		return nil, err
	}
	serial, err := newSerial(a.random)
	if err != nil {
		return nil, err
	}
	return &x509.Certificate{
		SerialNumber: serial,
		NotBefore:    ca.NotBefore,
		NotAfter:     earliest(until, ca.NotAfter),
		URIs:         []*url.URL{id.URL()},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},

		BasicConstraintsValid: true,
	}, nil
}

func credentialsOf(key *ecdsa.PrivateKey, der []byte, ca *x509.Certificate) (Credentials, error) {
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return Credentials{}, fault.As(fault.Internal, "issue a certificate", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Credentials{}, fault.As(fault.Internal, "write the key of a program", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	for _, c := range [][]byte{der, ca.Raw} {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c})...)
	}
	return Credentials{Key: FingerprintOf(leaf), PEM: text}, nil
}

// Program checks the chain that a program presents on a connection, its own certificate
// first: issued by the network's authority, within its dates, for a client. What the
// city says of it now is not asked here. It returns Denied.
func (v *Verifier) Program(chain []*x509.Certificate, now time.Time) (Program, error) {
	if len(chain) == 0 {
		return Program{}, errNoCert()
	}
	leaf := chain[0]
	if len(leaf.Raw) > maxCert {
		return Program{}, fault.New(fault.Denied, "the certificate has %d bytes, more than %d", len(leaf.Raw), maxCert)
	}
	p, err := programOf(leaf)
	if err != nil {
		return Program{}, err
	}
	if p.Network != v.network {
		return Program{}, fault.New(fault.Denied, "the certificate is of network %s, not %s", p.Network, v.network)
	}
	if err := v.verifyProgram(chain, now); err != nil {
		return Program{}, err
	}
	if !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return Program{}, fault.New(fault.Denied, "the certificate is for another use")
	}
	return p, nil
}

func (v *Verifier) verifyProgram(chain []*x509.Certificate, now time.Time) error {
	domain, err := v.network.domain()
	if err != nil {
		return err
	}
	trusted := v.bundle
	if len(chain) > 1 && len(chain) <= maxChained {
		trusted = heirs(v.network, trusted, chain[1:])
	}
	if _, _, err := x509svid.Verify(chain[:1], x509bundle.FromX509Authorities(domain, trusted), x509svid.WithTime(now)); err != nil {
		return programRefusal(chain[0], now, err)
	}
	return nil
}

// programRefusal explains to who runs a program why its certificate was not accepted.
func programRefusal(leaf *x509.Certificate, now time.Time, err error) error {
	if now.After(leaf.NotAfter) {
		return fault.New(fault.Denied, "the certificate expired at %s, the clock here says %s", formatTime(leaf.NotAfter), formatTime(now)).
			WithHint("ask the city for a new one")
	}
	return fault.As(fault.Denied, "the certificate is not one of this network", err)
}

// ProgramTLS is for the port that programs ask: who has a certificate shows it, who has a
// token needs none. A certificate that is not a program's of this network ends the
// handshake; see ProgramOn.
func ProgramTLS(own Source) *tls.Config {
	c := ownTLS(own)
	c.ClientAuth = tls.RequestClientCert
	c.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return nil
		}
		_, err := own.Verifier().Program(state.PeerCertificates, own.Now())
		return err
	}
	return c
}

// ProgramOn returns the program that showed its certificate on a connection, as of now;
// false when none was shown. It returns Denied when the certificate is not right now.
func ProgramOn(own Source, state *tls.ConnectionState) (p Program, shown bool, err error) {
	if state == nil || !state.HandshakeComplete || len(state.PeerCertificates) == 0 {
		return Program{}, false, nil
	}
	p, err = own.Verifier().Program(state.PeerCertificates, own.Now())
	return p, true, err
}
