package identity_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net/url"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

// mustProgram makes the credentials of a program, good for a month, as a client reads them.
func mustProgram(t *testing.T, a *identity.Authority, name string, c *clock) (identity.Credentials, tls.Certificate) {
	t.Helper()
	made, err := a.IssueProgram(name, c.Now().AddDate(0, 1, 0), c.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := tls.X509KeyPair(made.PEM, made.PEM)
	if err != nil {
		t.Fatal(err)
	}
	return made, cert
}

func chainOf(t *testing.T, cert tls.Certificate) (chain []*x509.Certificate) {
	t.Helper()
	for _, der := range cert.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, c)
	}
	return chain
}

// TestProgramCertificate: what is issued names the program, lasts until its day, is for a
// client, and is found by its key.
func TestProgramCertificate(t *testing.T) {
	n, c := mustFound(t)
	made, cert := mustProgram(t, n.Authority, "stats", c)
	chain := chainOf(t, cert)
	leaf := chain[0]
	if want := "spiffe://" + string(n.Authority.Network()) + "/program/stats"; len(leaf.URIs) != 1 || leaf.URIs[0].String() != want {
		t.Errorf("got %v, want %s", leaf.URIs, want)
	}
	if len(chain) != 2 || !leaf.NotAfter.Equal(c.Now().AddDate(0, 1, 0)) || made.Key != sha256.Sum256(leaf.RawSubjectPublicKeyInfo) {
		t.Errorf("%d certificates, until %v", len(chain), leaf.NotAfter)
	}
	if len(leaf.ExtKeyUsage) != 1 || leaf.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth || leaf.IsCA {
		t.Errorf("it is for %v", leaf.ExtKeyUsage)
	}
	verifier := mustDevice(t, n).Verifier()
	for _, shown := range [][]*x509.Certificate{chain, chain[:1]} {
		p, err := verifier.Program(shown, c.Now())
		if err != nil || p.Name != "stats" || p.Key != made.Key || p.Network != n.Authority.Network() {
			t.Errorf("got %+v, %v", p, err)
		}
	}
	_, err := verifier.Program(chain, c.Now().AddDate(0, 1, 1))
	wantKind(t, err, fault.Denied, "expired")
	_, err = verifier.Program(nil, c.Now())
	wantKind(t, err, fault.Denied, "no certificate")
	if _, block := pem.Decode(made.PEM); len(block) == 0 {
		t.Error("the key alone was made")
	}
}

func mustDevice(t *testing.T, n *identitytest.Network) *identity.Keystore {
	t.Helper()
	return n.MustJoin(t, testUnit)
}

// TestProgramIsNoDevice: neither passes for the other.
func TestProgramIsNoDevice(t *testing.T) {
	n, c := mustFound(t)
	_, cert := mustProgram(t, n.Authority, "stats", c)
	chain, k := chainOf(t, cert), mustDevice(t, n)
	_, err := k.Verifier().Live(chain, x509.ExtKeyUsageClientAuth, c.Now())
	wantKind(t, err, fault.Denied, "not a device's")
	_, _, err = k.Verifier().Author(chain[0].Raw)
	wantKind(t, err, fault.Denied, "not a device's")
	_, err = k.Verifier().Program([]*x509.Certificate{k.Certificate()}, c.Now())
	wantKind(t, err, fault.Denied, "not a program's")
}

// TestForeignProgram: another network's, one signed by nobody, one for a server, and one
// that an authority of the program's own has signed.
func TestForeignProgram(t *testing.T) {
	n, c := mustFound(t)
	other, _ := mustFound(t)
	verifier, key := mustDevice(t, n).Verifier(), mustKey(t)
	_, cert := mustProgram(t, other.Authority, "stats", c)
	_, err := verifier.Program(chainOf(t, cert), c.Now())
	wantKind(t, err, fault.Denied, "network")
	template := func(usage x509.ExtKeyUsage) *x509.Certificate {
		leaf := leafFor(n.Authority.Network(), testUnit, publicOf(key), c.Now())
		leaf.URIs = []*url.URL{{Scheme: "spiffe", Host: string(n.Authority.Network()), Path: "/program/stats"}}
		leaf.ExtKeyUsage = []x509.ExtKeyUsage{usage}
		return leaf
	}
	self := signer{key: key}.mustSign(t, template(x509.ExtKeyUsageClientAuth), publicOf(key))
	_, err = verifier.Program([]*x509.Certificate{self}, c.Now())
	wantKind(t, err, fault.Denied, "not one of this network")
	ca := &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: c.Now(), NotAfter: c.Now().Add(time.Hour),
		Subject: pkix.Name{CommonName: "tongbu " + string(n.Authority.Network())}, URIs: []*url.URL{{Scheme: "spiffe", Host: string(n.Authority.Network())}}}
	forged := signer{key: key}.mustSign(t, ca, publicOf(key))
	leaf := signer{cert: forged, key: key}.mustSign(t, template(x509.ExtKeyUsageClientAuth), publicOf(key))
	_, err = verifier.Program([]*x509.Certificate{leaf, forged}, c.Now())
	wantKind(t, err, fault.Denied, "not one of this network")
	server := signer{cert: n.Authority.Bundle()[0], key: identity.PrivateKey(n.Authority)}.mustSign(t, template(x509.ExtKeyUsageServerAuth), publicOf(key))
	_, err = verifier.Program([]*x509.Certificate{server}, c.Now())
	wantKind(t, err, fault.Denied, "for another use")
}

// TestProgramLife: neither over nor longer than a year, and of a name that can be one.
func TestProgramLife(t *testing.T) {
	n, c := mustFound(t)
	for _, until := range []time.Time{c.Now(), c.Now().AddDate(0, 0, -1), c.Now().AddDate(1, 0, 2)} {
		_, err := n.Authority.IssueProgram("stats", until, c.Now())
		wantKind(t, err, fault.Invalid, "at most a year")
	}
	_, err := n.Authority.IssueProgram("a/b", c.Now().AddDate(0, 1, 0), c.Now())
	wantKind(t, err, fault.Invalid, "name a program")
}

// TestProgramTLS: who has a certificate is known by it, who has none comes in as nobody,
// and a device's is no program's.
func TestProgramTLS(t *testing.T) {
	n, c := mustFound(t)
	hub, node := mustDevice(t, n), mustDevice(t, n)
	made, cert := mustProgram(t, n.Authority, "stats", c)
	client := func(certs ...tls.Certificate) *tls.Config {
		conf := identity.TrustTLS(identity.TrustOf(node))
		conf.Certificates = certs
		return conf
	}
	states, atClient, atServer := shake(t, client(cert), identity.ProgramTLS(hub))
	p, shown, err := identity.ProgramOn(hub, &states[1])
	if atClient != nil || atServer != nil || err != nil || !shown || p.Name != "stats" || p.Key != made.Key {
		t.Errorf("got %+v, %v, %v; %v, %v", p, shown, err, atClient, atServer)
	}
	c.now = c.now.AddDate(0, 2, 0)
	_, _, err = identity.ProgramOn(hub, &states[1])
	wantKind(t, err, fault.Denied, "expired")
	c.now = c.now.AddDate(0, -2, 0)
	states, atClient, atServer = shake(t, client(), identity.ProgramTLS(hub))
	if _, shown, err = identity.ProgramOn(hub, &states[1]); atClient != nil || atServer != nil || err != nil || shown {
		t.Errorf("without: %v, %v; %v, %v", shown, err, atClient, atServer)
	}
	device := tls.Certificate{Certificate: [][]byte{node.Certificate().Raw}, PrivateKey: node.Key()}
	if _, atClient, atServer = shake(t, client(device), identity.ProgramTLS(hub)); atClient == nil || fault.Of(atServer) != fault.Denied {
		t.Errorf("a device's: %v, %v", atClient, atServer)
	}
}
