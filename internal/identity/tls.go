package identity

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"time"

	"github.com/spiffe/go-spiffe/v2/spiffetls/tlsconfig"
	"github.com/spiffe/go-spiffe/v2/svid/x509svid"

	"tongbu/internal/fault"
)

// Source gives what a connection needs at the moment it is made, so that a
// renewed certificate is used without a restart. Keystore is one.
type Source interface {
	// GetX509SVID returns the own certificate, its authority and key; Denied
	// when it has expired.
	x509svid.Source
	// Verifier returns the trust of now.
	Verifier() *Verifier
	// Now is the clock certificates are checked by.
	Now() time.Time
}

// ServerTLS is for the port members connect to: TLS 1.3, a certificate of the
// network demanded, then authorize asked (nil lets every member in). What
// authorize returns refuses the handshake.
func ServerTLS(own Source, authorize func(Member) error) *tls.Config {
	c := ownTLS(own)
	c.ClientAuth = tls.RequireAnyClientCert
	c.VerifyConnection = memberCheck(own, x509.ExtKeyUsageClientAuth, authorize)
	return c
}

// ClientTLS is for a member that dials a member; authorize as in ServerTLS.
// Host names are not looked at: the certificate says who answers.
func ClientTLS(own Source, authorize func(Member) error) *tls.Config {
	c := baseTLS()
	c.GetClientCertificate = tlsconfig.GetClientCertificate(own)
	c.InsecureSkipVerify = true // host names; VerifyConnection checks the rest
	c.VerifyConnection = memberCheck(own, x509.ExtKeyUsageServerAuth, authorize)
	return c
}

// hubProtocol is what a hub says among the protocols it speaks (ALPN), so that
// it is asked for its certificate where others are not. It is never chosen.
const hubProtocol = "tongbu-hub/1"

// WebTLS is for the HTTPS ports, where joiners come without a certificate. Who
// says that it is a hub is asked for one: see MemberOn.
func WebTLS(own Source) *tls.Config {
	c, asking := ownTLS(own), ownTLS(own)
	asking.ClientAuth = tls.RequestClientCert
	c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Contains(hello.SupportedProtos, hubProtocol) {
			return asking, nil
		}
		return nil, nil
	}
	return c
}

// MemberOn returns the member that showed its certificate on a connection made
// with WebTLS, and Denied when none did or the certificate is not right now.
func MemberOn(own Source, state *tls.ConnectionState) (Member, error) {
	if state == nil || !state.HandshakeComplete || len(state.PeerCertificates) == 0 {
		return Member{}, errNoCert()
	}
	return own.Verifier().Live(state.PeerCertificates, x509.ExtKeyUsageClientAuth, own.Now())
}

// ownTLS is for a server.
func ownTLS(own Source) *tls.Config {
	c := baseTLS()
	c.GetCertificate = tlsconfig.GetCertificate(own)
	return c
}

// HubTLS is TrustTLS for a hub that passes on what others ask: it shows its
// certificate when it is asked for it, and has one that is valid.
func HubTLS(trust Trust, own Source) *tls.Config {
	c := TrustTLS(trust)
	c.NextProtos = []string{"http/1.1", hubProtocol}
	c.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		cert, err := tlsconfig.GetClientCertificate(own)(asked)
		if err != nil { // expired, and about to be renewed
			return &tls.Certificate{}, nil //nolint:nilerr // without one it is served too, as anybody is
		}
		return cert, nil
	}
	return c
}

// Trust decides whether the chain a server presents is a hub's. It returns
// Denied when not.
type Trust func(chain []*x509.Certificate) (Member, error)

// TrustTLS is for HTTPS clients, with or without a certificate of their own.
func TrustTLS(trust Trust) *tls.Config {
	c := baseTLS()
	c.InsecureSkipVerify = true // host names; VerifyConnection checks the rest
	c.VerifyConnection = func(state tls.ConnectionState) error {
		_, err := trust(state.PeerCertificates)
		return err
	}
	return c
}

// TrustOf trusts the servers that own's network vouches for.
func TrustOf(own Source) Trust {
	return func(chain []*x509.Certificate) (Member, error) {
		if len(chain) == 0 {
			return Member{}, errNoCert()
		}
		return own.Verifier().Live(chain, x509.ExtKeyUsageServerAuth, own.Now())
	}
}

// baseTLS has no session tickets: every connection is checked in full, so a
// revoked device cannot come back on an old session.
func baseTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, SessionTicketsDisabled: true}
}

// memberCheck is done here and not by tlsconfig's own verification, which
// reads the system's clock and does not look at key usages.
func memberCheck(own Source, usage x509.ExtKeyUsage, authorize func(Member) error) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errNoCert()
		}
		m, err := own.Verifier().Live(state.PeerCertificates, usage, own.Now())
		if err != nil || authorize == nil {
			return err
		}
		return authorize(m)
	}
}

// Peer is the member at the other end of a connection.
type Peer struct {
	Member
	Expires time.Time // the connection's right ends here
	Host    string    // where it calls from, as the transport sees it; "": not known
}

// PeerOf reads who is at the other end of a connection made with ServerTLS or
// ClientTLS, which have checked it. It returns Denied on other connections.
func PeerOf(state tls.ConnectionState) (Peer, error) {
	if !state.HandshakeComplete || len(state.PeerCertificates) == 0 {
		return Peer{}, errNoCert()
	}
	leaf := state.PeerCertificates[0]
	m, _, err := memberOf(leaf)
	return Peer{Member: m, Expires: leaf.NotAfter}, err
}

func errNoCert() error { return fault.New(fault.Denied, "no certificate was shown") }
