package identity_test

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

// shake connects a client with a server and returns what each says after one
// byte has gone both ways: in TLS 1.3 a client learns of its refusal only then.
func shake(t *testing.T, client, server *tls.Config) (states [2]tls.ConnectionState, atClient, atServer error) {
	t.Helper()
	a, b := wire(t)
	c, s := tls.Client(a, client), tls.Server(b, server)
	done := make(chan error, 1)
	go func() { done <- echo(s, &states[1]) }()
	atClient = talk(c, &states[0])
	_ = c.Close() // its error is that of the connection, and known
	atServer = <-done
	return states, atClient, atServer
}

func echo(s *tls.Conn, state *tls.ConnectionState) error {
	defer s.Close() //nolint:errcheck // as above
	if err := s.Handshake(); err != nil {
		return err
	}
	*state = s.ConnectionState()
	_, err := io.CopyN(s, s, 1)
	return err
}

func talk(c *tls.Conn, state *tls.ConnectionState) error {
	if err := c.Handshake(); err != nil {
		return err
	}
	*state = c.ConnectionState()
	if _, err := c.Write([]byte{1}); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 1))
	return err
}

// wire is a TCP connection: its two ends may write at the same time.
func wire(t *testing.T) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it has done its work
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for _, c := range []net.Conn{client, server} {
		if err := c.SetDeadline(deadline); err != nil {
			t.Fatal(err)
		}
	}
	return client, server
}

func TestMutualTLS(t *testing.T) {
	n, _ := mustFound(t)
	node := n.MustJoin(t, n.Community)
	var seen identity.Member
	server := identity.ServerTLS(n.Own, func(m identity.Member) error { seen = m; return nil })
	states, atClient, atServer := shake(t, identity.ClientTLS(node, nil), server)
	if atClient != nil || atServer != nil {
		t.Fatalf("client says %v, server says %v", atClient, atServer)
	}
	want := identity.Member{Network: n.Authority.Network(), Unit: n.Community, Device: node.Device()}
	if seen != want {
		t.Errorf("authorize got %v, want %v", seen, want)
	}
	peer, err := identity.PeerOf(states[1])
	if err != nil || peer.Member != want || !peer.Expires.Equal(node.Certificate().NotAfter) {
		t.Errorf("PeerOf: got %v, %v, want %v", peer.Member, err, want)
	}
	if states[0].Version != tls.VersionTLS13 {
		t.Errorf("version %x, want TLS 1.3", states[0].Version)
	}
	_, err = identity.PeerOf(tls.ConnectionState{})
	wantKind(t, err, fault.Denied, "no certificate")
}

// S4: the client certificates a hub must refuse.
func TestServerRefuses(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	n, own := withAuthority(t, dir, c)
	ca, key, other := authorityOf(t, dir), mustKey(t), t.TempDir()
	if _, err := identity.Found(other, n, optionsAt(c.now.Add(-time.Hour))); err != nil { // another CA of the same name
		t.Fatal(err)
	}
	leaf := func(s signer, alter func(*x509.Certificate)) *tls.Config {
		template := leafFor(n, testUnit, publicOf(key), c.now)
		alter(template)
		return tlsConfigWith(s.mustSign(t, template, publicOf(key)), key)
	}
	same := func(*x509.Certificate) {}
	old := leaf(ca, same)
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	for name, config := range map[string]*tls.Config{
		"no certificate": {InsecureSkipVerify: true},
		"self-signed":    leaf(signer{key: key}, same),
		"other CA":       leaf(authorityOf(t, other), same),
		"expired":        leaf(ca, func(x *x509.Certificate) { x.NotAfter = c.now.Add(-time.Minute) }),
		"not yet valid":  leaf(ca, func(x *x509.Certificate) { x.NotBefore = c.now.Add(time.Minute) }),
		"TLS 1.2":        old,
		"server cert":    leaf(ca, func(x *x509.Certificate) { x.ExtKeyUsage = x.ExtKeyUsage[1:] }),
		"thousand names": leaf(ca, func(x *x509.Certificate) { x.DNSNames = strings.Split(strings.Repeat("a.example ", 1000), " ")[:1000] }),
	} {
		t.Run(name, func(t *testing.T) {
			_, atClient, atServer := shake(t, config, identity.ServerTLS(own, nil))
			if atClient == nil || atServer == nil {
				t.Errorf("client says %v, server says %v, want a refusal", atClient, atServer)
			}
		})
	}
	t.Run("revoked", func(t *testing.T) {
		revoked := fault.New(fault.Denied, "revoked")
		_, atClient, atServer := shake(t, leaf(ca, same), identity.ServerTLS(own, func(identity.Member) error { return revoked }))
		if atClient == nil || !errors.Is(atServer, revoked) {
			t.Errorf("client says %v, server says %v, want %v", atClient, atServer, revoked)
		}
	})
	if _, atClient, atServer := shake(t, leaf(ca, same), identity.ServerTLS(own, nil)); atClient != nil || atServer != nil {
		t.Errorf("the honest client: %v, %v", atClient, atServer)
	}
}

// withAuthority founds a network whose CA key the test can read.
func withAuthority(t *testing.T, dir string, c *clock) (identity.Network, *identity.Keystore) {
	t.Helper()
	a := mustAuthority(t, dir, c.now.Add(-2*time.Hour))
	n := joinable(t, a, c)
	return a.Network(), n
}

func tlsConfigWith(cert *x509.Certificate, key ed25519.PrivateKey) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}}
}

func TestClientRefuses(t *testing.T) {
	n, c := mustFound(t)
	node := n.MustJoin(t, n.Community)
	stranger, _ := mustFound(t)
	t.Run("another network", func(t *testing.T) {
		_, atClient, _ := shake(t, identity.ClientTLS(node, nil), identity.ServerTLS(stranger.Own, nil))
		wantKind(t, atClient, fault.Denied, "belongs to network")
	})
	t.Run("not the hub it looks for", func(t *testing.T) {
		authorize := func(identity.Member) error { return fault.New(fault.Denied, "not my parent") }
		_, atClient, _ := shake(t, identity.ClientTLS(node, authorize), identity.ServerTLS(n.Own, nil))
		wantKind(t, atClient, fault.Denied, "not my parent")
	})
	t.Run("own certificate expired", func(t *testing.T) {
		server := identity.ServerTLS(n.Own, nil)
		c.now = c.now.Add(identity.LeafLife - time.Hour)
		if err := identity.Renew(t.Context(), n.Own, n.Root); err != nil {
			t.Fatal(err)
		}
		c.now = c.now.Add(2 * time.Hour)
		_, atClient, _ := shake(t, identity.ClientTLS(node, nil), server)
		wantKind(t, atClient, fault.Denied, "this device's certificate expired")
		if hint := fault.Hint(atClient); !strings.HasPrefix(hint, "renewing") {
			t.Errorf("hint: got %q, want renewing", hint)
		}
		// Renewal needs no restart: the same configurations work again.
		if err := identity.Renew(t.Context(), node, n.Root); err != nil {
			t.Fatal(err)
		}
		if _, atClient, atServer := shake(t, identity.ClientTLS(node, nil), server); atClient != nil || atServer != nil {
			t.Errorf("after the renewal: %v, %v", atClient, atServer)
		}
	})
	t.Run("not joined", func(t *testing.T) {
		_, atClient, _ := shake(t, identity.ClientTLS(n.MustCreate(t), nil), identity.ServerTLS(n.Own, nil))
		wantKind(t, atClient, fault.Denied, "")
	})
}

// S2: the joiner trusts what the token names, and nothing at first sight.
func TestTokenTrust(t *testing.T) {
	n, c := mustFound(t)
	stranger, _ := mustFound(t)
	token := n.MustInvite(t, n.Community)
	config := identity.TrustTLS(token.Trust(c.Now))
	street := n.MustJoin(t, n.Street)
	if _, atClient, atServer := shake(t, config, identity.WebTLS(street)); atClient != nil || atServer != nil {
		t.Errorf("the own network: %v, %v", atClient, atServer)
	}
	_, atClient, _ := shake(t, config, identity.WebTLS(stranger.Own))
	wantKind(t, atClient, fault.Denied, "CA fingerprint differs")

	// The true authority's certificate is public: showing it is not enough.
	imposter := stranger.Own.Certificate()
	chain := tls.Certificate{Certificate: [][]byte{imposter.Raw, n.Authority.Bundle()[0].Raw}, PrivateKey: stranger.Own.Key()}
	_, atClient, _ = shake(t, config, &tls.Config{Certificates: []tls.Certificate{chain}})
	wantKind(t, atClient, fault.Denied, "")

	early := identity.TrustTLS(token.Trust((&clock{time.Unix(0, 0)}).Now))
	if _, atClient, _ = shake(t, early, identity.WebTLS(street)); atClient != nil {
		t.Errorf("with a dead battery: %v", atClient)
	}
	for at, says := range map[time.Time]string{c.now.Add(365 * 24 * time.Hour): "expired"} {
		_, atClient, _ = shake(t, identity.TrustTLS(token.Trust((&clock{at}).Now)), identity.WebTLS(street))
		wantKind(t, atClient, fault.Denied, says)
		if hint := fault.Hint(atClient); !strings.Contains(hint, "clock") {
			t.Errorf("hint: got %q, want the clock in it", hint)
		}
	}
}

// TestHubShowsItself: at the HTTPS port a hub is known by its certificate;
// others are not asked for one, and one of another network proves nothing.
func TestHubShowsItself(t *testing.T) {
	n, other := identitytest.MustFound(t, identity.Options{}), identitytest.MustFound(t, identity.Options{})
	street, foreign := n.MustJoin(t, n.Street), other.MustJoin(t, other.Street)
	trust := identity.TrustOf(street)
	for name, c := range map[string]struct {
		client *tls.Config
		known  bool
	}{
		"a hub":              {identity.HubTLS(trust, street), true},
		"anybody":            {identity.TrustTLS(trust), false},
		"of another network": {identity.HubTLS(trust, foreign), false},
	} {
		t.Run(name, func(t *testing.T) {
			states, atClient, atServer := shake(t, c.client, identity.WebTLS(n.Own))
			if atClient != nil || atServer != nil {
				t.Fatalf("%v, %v", atClient, atServer)
			}
			m, err := identity.MemberOn(n.Own, &states[1])
			if (err == nil) != c.known || c.known && m.Device != street.Device() {
				t.Errorf("got %+v, %v, want it known: %v", m, err, c.known)
			}
		})
	}
}
