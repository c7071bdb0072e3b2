package identity_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

const day = 24 * time.Hour

func mustRotate(t *testing.T, n *identitytest.Network, c *clock) {
	t.Helper()
	if err := errors.Join(n.Authority.Rotate(c.now), identity.Renew(t.Context(), n.Own, n.Root)); err != nil {
		t.Fatal(err)
	}
}

// TestTwoGenerations: devices of the older and of the newer authority accept
// each other, also those that have not heard of the newer one, on connections
// and as authors.
func TestTwoGenerations(t *testing.T) {
	n, c := mustFound(t)
	old := n.MustJoin(t, n.Community)
	mustRotate(t, n, c)
	young := n.MustJoin(t, n.Street)
	if first := n.Authority.Bundle()[0]; !young.Certificate().NotBefore.Equal(first.NotBefore) || young.Certificate().CheckSignatureFrom(first) != nil {
		t.Error("the newer authority did not sign the certificate")
	}
	for name, pair := range map[string][2]*identity.Keystore{"old of young": {old, young}, "young of old": {young, old}, "old of the city": {old, n.Own}} {
		judge, other := pair[0].Verifier(), pair[1]
		svid, err := other.GetX509SVID()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := judge.Live(svid.Certificates, x509.ExtKeyUsageServerAuth, c.now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := judge.Author(other.Proof()); err != nil {
			t.Errorf("%s, as an author: %v", name, err)
		}
	}
}

// TestRotateAndRetire: each device moves on by renewing; the older authority
// is retired when no certificate of it can be valid, and what was said under
// it stays proved.
func TestRotateAndRetire(t *testing.T) {
	n, c := mustFound(t)
	gone := n.MustJoin(t, n.Community) // its batches stay, it does not come back
	away := n.MustJoin(t, n.Community)
	wantKind(t, n.Authority.Retire(c.now), fault.NotFound, "no older")
	mustRotate(t, n, c)
	wantKind(t, n.Authority.Rotate(c.now), fault.Busy, "still trusted")
	wantKind(t, n.Authority.Retire(c.now.Add(identity.LeafLife-time.Hour)), fault.Busy, "until")
	c.now = c.now.Add(180 * day)
	if err := n.Authority.Retire(c.now); err != nil {
		t.Fatal(err)
	}
	// Away for half a year, it trusts only the retired one.
	if err := errors.Join(identity.Renew(t.Context(), n.Own, n.Root), identity.Renew(t.Context(), away, n.Root)); err != nil {
		t.Fatal(err)
	}
	fresh := n.MustJoin(t, n.Street)
	for name, k := range map[string]*identity.Keystore{"the city": n.Own, "one that was away": away, "one that joined since": fresh} {
		if _, _, err := k.Verifier().Author(gone.Proof()); err != nil {
			t.Errorf("%s: words of before: %v", name, err)
		}
		_, err := k.Verifier().Live([]*x509.Certificate{gone.Certificate()}, x509.ExtKeyUsageClientAuth, gone.Certificate().NotBefore.Add(time.Hour))
		wantKind(t, err, fault.Denied, "not one of this network")
		again, err := identity.Open(identity.DirOf(k), identity.Options{Key: identitytest.Key, Now: c.Now})
		if err != nil {
			t.Fatalf("%s: open again: %v", name, err)
		}
		if _, _, err := again.Verifier().Author(gone.Proof()); err != nil {
			t.Errorf("%s, opened again: %v", name, err)
		}
	}
}

// TestTwoRotationsAway: the chain of what each authority said of the next
// leads over more than one.
func TestTwoRotationsAway(t *testing.T) {
	n, c := mustFound(t)
	away := n.MustJoin(t, n.Community)
	for range 2 {
		mustRotate(t, n, c)
		c.now = c.now.Add(100 * day)
		if err := errors.Join(n.Authority.Retire(c.now), identity.Renew(t.Context(), n.Own, n.Root)); err != nil {
			t.Fatal(err)
		}
	}
	svid, err := n.Own.GetX509SVID()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := identity.TrustOf(away)(svid.Certificates); err != nil {
		t.Errorf("the city's certificate: %v", err)
	}
	if err := identity.Renew(t.Context(), away, n.Root); err != nil {
		t.Error(err)
	}
}

// TestTokenOverARotation: a token made before it is good after it.
func TestTokenOverARotation(t *testing.T) {
	n, c := mustFound(t)
	token := n.MustInvite(t, n.Community)
	mustRotate(t, n, c)
	svid, err := n.Own.GetX509SVID()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := token.Trust(c.Now)(svid.Certificates); err != nil {
		t.Errorf("the city's certificate: %v", err)
	}
	if err := identity.Join(t.Context(), n.MustCreate(t), token, n.Root, identity.Listen{}); err != nil {
		t.Error(err)
	}
}

// TestFalseHeir: an authority of another network, and one that only says of
// itself that it follows, are not trusted.
func TestFalseHeir(t *testing.T) {
	n, c := mustFound(t)
	other, _ := mustFound(t)
	k := n.MustJoin(t, n.Community)
	mustRotate(t, other, c)
	svid, err := other.Own.GetX509SVID()
	if err != nil {
		t.Fatal(err)
	}
	_, err = identity.TrustOf(k)(svid.Certificates)
	wantKind(t, err, fault.Denied, "network")
	mustRotate(t, n, c)
	key := mustKey(t)
	var stolen []pkix.Extension // of the true heir
	for _, e := range n.Authority.Bundle()[0].Extensions {
		if e.Id[0] == 2 && e.Id[1] == 25 {
			stolen = append(stolen, e)
		}
	}
	self := signer{key: key}.mustSign(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: c.now.Add(-time.Hour), NotAfter: c.now.Add(time.Hour), ExtraExtensions: stolen}, publicOf(key))
	leaf := signer{cert: self, key: key}.mustSign(t, leafFor(n.Authority.Network(), n.City, publicOf(key), c.now), publicOf(key))
	_, err = identity.TrustOf(k)([]*x509.Certificate{leaf, self})
	wantKind(t, err, fault.Denied, "not one of this network")
}

// TestRotationCut: whichever file a crash comes after, the authority opens, and
// signs with the key of the first certificate.
func TestRotationCut(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	name, err := identity.NewNetwork("990100000000", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := identity.Found(dir, name, optionsAt(c.now))
	if err != nil {
		t.Fatal(err)
	}
	before := mustRead(t, dir+"/authority/ca.crt")
	oldKey := mustRead(t, dir+"/authority/ca.key")
	if err := a.Rotate(c.now); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir + "/authority/ca.key"); !os.IsNotExist(err) {
		t.Errorf("the older key is still there: %v", err)
	}
	for step, files := range map[string]map[string][]byte{
		"the new key only":            {"ca.crt": before, "ca.key": oldKey},
		"all but the old key removed": {"ca.crt": mustRead(t, dir+"/authority/ca.crt"), "ca.key": oldKey},
	} {
		for file, raw := range files {
			if err := os.WriteFile(dir+"/authority/"+file, raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		again, err := identity.OpenAuthority(dir, optionsAt(c.now))
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		joinable(t, again, c)
	}
}
