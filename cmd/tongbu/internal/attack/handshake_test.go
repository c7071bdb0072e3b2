package attack_test

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/test/kit"
	"tongbu/syncer"
)

// answered makes a TLS connection with the certificate and reports whether the
// server says anything on it: with TLS 1.3 a refusal comes after the client's
// part of the handshake.
func answered(t *testing.T, address string, key ed25519.PrivateKey, chain ...*x509.Certificate) bool {
	t.Helper()
	cfg := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}} // the attacker does not care who answers
	if len(chain) > 0 {
		cert := tls.Certificate{PrivateKey: key}
		for _, c := range chain {
			cert.Certificate = append(cert.Certificate, c.Raw)
		}
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	}
	return speaks(t, address, cfg)
}

func speaks(t *testing.T, address string, cfg *tls.Config) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close() //nolint:errcheck // read to its end
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	conn := tls.Client(raw, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		return false
	}
	n, _ := conn.Read(make([]byte, 64))
	if ctx.Err() != nil {
		t.Error("the server neither answers nor refuses")
	}
	return n > 0
}

func (w *world) handshakes() map[string]func(*testing.T) {
	ca, now, hour := w.authority(w.t), time.Now(), time.Hour
	self, other := thief{key: mustKey(w.t)}, &world{t: w.t, dir: w.t.TempDir()}
	foreign := other.mustAuthority(w.t, w.city.Replica.Place.Network)
	refused := func(by thief, from, to time.Time, usage x509.ExtKeyUsage) func(*testing.T) {
		return func(t *testing.T) {
			key := mustKey(t)
			if by.ca == nil {
				by.key = key // self-signed
			}
			if answered(t, w.city.links, key, by.sign(t, w.member(kit.First.ID), keyBytes(key.Public()), from, to, usage)) {
				t.Error("let in")
			}
		}
	}
	return map[string]func(*testing.T){
		"a good one (control)": func(t *testing.T) {
			key := mustKey(t)
			cert := ca.sign(t, w.member(kit.First.ID), keyBytes(key.Public()), now.Add(-hour), now.Add(hour), x509.ExtKeyUsageClientAuth)
			if !answered(t, w.city.links, key, cert) {
				t.Error("refused: the other cases prove nothing")
			}
		},
		"no certificate": func(t *testing.T) {
			if answered(t, w.city.links, nil) {
				t.Error("let in")
			}
		},
		"self-signed":        refused(self, now.Add(-hour), now.Add(hour), x509.ExtKeyUsageClientAuth),
		"another authority":  refused(foreign, now.Add(-hour), now.Add(hour), x509.ExtKeyUsageClientAuth),
		"expired":            refused(ca, now.Add(-2*hour), now.Add(-hour), x509.ExtKeyUsageClientAuth),
		"not yet valid":      refused(ca, now.Add(hour), now.Add(2*hour), x509.ExtKeyUsageClientAuth),
		"a server's, called": refused(ca, now.Add(-hour), now.Add(hour), x509.ExtKeyUsageServerAuth),
		"revoked": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			w.revoke(t, d.Device())
			if answered(t, w.city.links, d.Key(), d.Certificate()) {
				t.Error("let in")
			}
		},
		"TLS 1.2": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			cert := tls.Certificate{PrivateKey: d.Key(), Certificate: [][]byte{d.Certificate().Raw}}
			for _, port := range []string{w.city.links, w.city.web, w.city.door} {
				if speaks(t, port, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}}) {
					t.Errorf("port %s lets it in", port)
				}
			}
		},
	}
}

// mustAuthority founds another network with the same name.
func (w *world) mustAuthority(t testing.TB, name identity.Network) thief {
	t.Helper()
	if _, err := identity.Found(w.dir, name, identity.Options{Key: [32]byte{1}}); err != nil {
		t.Fatal(err)
	}
	return mustThief(t, w.dir, [32]byte{1})
}

func (w *world) downgrades() map[string]func(*testing.T) {
	version := func(n uint32) func(*testing.T) {
		return func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			hello := d.hello()
			hello.Version = n
			_, err := d.mustTalk(t, w.city, hello, syncer.Marks{Last: true})
			wantKind(t, err, fault.Unsupported)
		}
	}
	return map[string]func(*testing.T){
		"an older protocol": version(syncer.Version - 1),
		"a newer protocol":  version(syncer.Version + 1),
		"no protocol": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			_, err := d.mustTalk(t, w.city, syncer.Marks{Last: true})
			wantKind(t, err, fault.Invalid)
		},
		"an older token": func(t *testing.T) {
			text := w.token(t, kit.First, 0)
			_, err := identity.ParseToken("tb0" + text[3:])
			wantKind(t, err, fault.Unsupported)
		},
		"weaker cipher suites": func(t *testing.T) {
			d := w.mustDevice(t, kit.First)
			cert := tls.Certificate{PrivateKey: d.Key(), Certificate: [][]byte{d.Certificate().Raw}}
			weak := &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}}
			for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
				if suite.SupportedVersions[0] == tls.VersionTLS13 {
					continue
				}
				if weak.CipherSuites = []uint16{suite.ID}; speaks(t, w.city.links, weak) {
					t.Errorf("%s is accepted", suite.Name)
				}
			}
		},
	}
}
