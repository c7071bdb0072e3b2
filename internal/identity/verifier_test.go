package identity_test

import (
	"crypto/x509"
	"net/url"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

func TestAuthorIgnoresDates(t *testing.T) {
	n, c := mustFound(t)
	k := n.MustJoin(t, n.Community)
	c.now = c.now.Add(5 * 365 * 24 * time.Hour)
	m, key, err := n.Own.Verifier().Author(k.Certificate().Raw)
	if err != nil {
		t.Fatal(err)
	}
	want := identity.Member{Network: n.Authority.Network(), Unit: n.Community, Device: k.Device()}
	if m != want || !key.Equal(k.Key().Public()) {
		t.Errorf("got %v, want %v", m, want)
	}
	_, err = n.Own.Verifier().Live([]*x509.Certificate{k.Certificate()}, x509.ExtKeyUsageClientAuth, c.now)
	wantKind(t, err, fault.Denied, "expired")
}

func TestAuthorRefuses(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	a := mustAuthority(t, dir, c.now.Add(-time.Hour*2))
	v, err := identity.NewVerifier(testNetwork, a.Bundle())
	if err != nil {
		t.Fatal(err)
	}
	ca, key, other := authorityOf(t, dir), mustKey(t), t.TempDir()
	mustAuthority(t, other, c.now.Add(-time.Hour*2))
	leaf := func(change func(*x509.Certificate)) []byte {
		template := leafFor(testNetwork, testUnit, publicOf(key), c.now)
		change(template)
		return ca.mustSign(t, template, publicOf(key)).Raw
	}
	if _, _, err := v.Author(leaf(func(*x509.Certificate) {})); err != nil {
		t.Fatalf("the honest certificate: %v", err)
	}
	rogue := func(s signer) []byte {
		return s.mustSign(t, leafFor(testNetwork, testUnit, publicOf(key), c.now), publicOf(key)).Raw
	}
	for name, der := range map[string][]byte{
		"self-signed":      rogue(signer{key: key}),
		"other authority":  rogue(authorityOf(t, other)),                                                  // of the same name
		"signed by a leaf": rogue(signer{cert: mustParse(t, leaf(func(*x509.Certificate) {})), key: key}), // S10
		"other network": leaf(func(c *x509.Certificate) {
			c.URIs = leafFor("990200000000.abcdefgh", testUnit, publicOf(key), time.Now()).URIs
		}),
		"another's name": leaf(func(c *x509.Certificate) {
			c.URIs = leafFor(testNetwork, testUnit, publicOf(mustKey(t)), time.Now()).URIs
		}),
		"no name":   leaf(func(c *x509.Certificate) { c.URIs = nil }),
		"two names": leaf(func(c *x509.Certificate) { c.URIs = append(c.URIs, c.URIs[0]) }),
		"other path": leaf(func(c *x509.Certificate) {
			c.URIs = []*url.URL{{Scheme: "spiffe", Host: string(testNetwork), Path: "/city"}}
		}),
		"an authority": leaf(func(c *x509.Certificate) { c.IsCA = true; c.KeyUsage = x509.KeyUsageCertSign }),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := v.Author(der)
			wantKind(t, err, fault.Denied, "")
		})
	}
}

func TestAuthorRefusesDamagedBytes(t *testing.T) {
	n, _ := mustFound(t)
	der := n.Own.Certificate().Raw
	many := make([]byte, 8<<10)
	for name, raw := range map[string][]byte{"empty": nil, "cut": der[:len(der)-1], "trailing": append(der[:len(der):len(der)], 1), "long": many} {
		_, _, err := n.Own.Verifier().Author(raw)
		if fault.Of(err) != fault.Damaged {
			t.Errorf("%s: got %v, want damaged", name, err)
		}
	}
	for i := range der {
		flipped := append([]byte(nil), der...)
		flipped[i] ^= 1
		if _, _, err := n.Own.Verifier().Author(flipped); err == nil {
			t.Fatalf("byte %d of a certificate may be flipped unnoticed", i)
		}
	}
}

// An authority cannot sign into another network, even when trusted for it by
// mistake.
func TestAuthoritySignsItsOwnNetworkOnly(t *testing.T) {
	dir, c, key := t.TempDir(), newClock(), mustKey(t)
	a := mustAuthority(t, dir, c.now.Add(-2*time.Hour))
	const other = identity.Network("990200000000.abcdefgh")
	v, err := identity.NewVerifier(other, a.Bundle())
	if err != nil {
		t.Fatal(err)
	}
	der := authorityOf(t, dir).mustSign(t, leafFor(other, testUnit, publicOf(key), c.now), publicOf(key)).Raw
	_, _, err = v.Author(der)
	wantKind(t, err, fault.Denied, "not permitted")
}

func TestParseMember(t *testing.T) {
	for _, text := range []string{
		"", "https://example.org", "spiffe://example.org/unit/" + string(testUnit) + "/device/aaaaaaaaaaaaaaaa",
		"spiffe://" + string(testNetwork), "spiffe://" + string(testNetwork) + "/unit/x/device/y",
		"spiffe://" + string(testNetwork) + "/unit/" + string(testUnit) + "/device/aaaaaaaaaaaaaaaa/more",
		"spiffe://" + string(testNetwork) + "/device/aaaaaaaaaaaaaaaa/unit/" + string(testUnit),
	} {
		_, err := identity.ParseMember(text)
		wantKind(t, err, fault.Denied, "")
	}
}

func mustParse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func BenchmarkAuthor(b *testing.B) {
	n := identitytest.MustFound(b, identity.Options{})
	v, der := n.Own.Verifier(), n.Own.Certificate().Raw
	for b.Loop() {
		if _, _, err := v.Author(der); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(der)), "bytes/cert")
}
