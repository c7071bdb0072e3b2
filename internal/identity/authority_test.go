package identity_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

const testNetwork = identity.Network("990100000000.abcdefgh")

var testUnit = change.NewUnitID([10]byte{5})

func mustAuthority(t *testing.T, dir string, now time.Time) *identity.Authority {
	t.Helper()
	a, err := identity.Found(dir, testNetwork, optionsAt(now))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFoundAndOpen(t *testing.T) {
	dir := t.TempDir()
	a := mustAuthority(t, dir, newClock().Now())
	b, err := identity.OpenAuthority(dir, optionsAt(newClock().Now()))
	if err != nil {
		t.Fatal(err)
	}
	if a.Fingerprint() != b.Fingerprint() || b.Network() != testNetwork {
		t.Errorf("reopened: got %s of %s, want %s of %s", b.Fingerprint(), b.Network(), a.Fingerprint(), testNetwork)
	}
	if got, want := len(a.Fingerprint().Short()), 29; got != want {
		t.Errorf("short fingerprint has %d characters, want %d", got, want)
	}
	_, err = identity.Found(dir, testNetwork, optionsAt(newClock().Now()))
	wantKind(t, err, fault.Busy, "founded")
	_, err = identity.OpenAuthority(t.TempDir(), optionsAt(newClock().Now()))
	wantKind(t, err, fault.NotFound, "")
	_, err = identity.Found(t.TempDir(), "example.org", optionsAt(newClock().Now()))
	wantKind(t, err, fault.Invalid, "division code")
}

func TestFoundAgainAfterACrash(t *testing.T) {
	dir := t.TempDir()
	mustAuthority(t, dir, newClock().Now())
	if err := os.Remove(filepath.Join(dir, "authority", "ca.crt")); err != nil { // the crash came before it
		t.Fatal(err)
	}
	mustAuthority(t, dir, newClock().Now())
}

func TestFilesAreTheOwnersOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has other permissions")
	}
	dir := t.TempDir()
	mustAuthority(t, dir, newClock().Now())
	if _, err := identity.Create(dir, optionsAt(newClock().Now())); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{
		"authority": 0o700, "authority/ca.key": 0o600, "authority/ca.crt": 0o600,
		"identity": 0o700, "identity/device.key": 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

func TestOpenDamagedAuthority(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"garbage key":   func(d string) error { return os.WriteFile(d+"/ca.key", []byte("x"), 0o600) },
		"empty cert":    func(d string) error { return os.WriteFile(d+"/ca.crt", nil, 0o600) },
		"cut cert":      func(d string) error { return os.Truncate(d+"/ca.crt", 100) },
		"another's key": func(d string) error { return os.Rename(filepath.Dir(d)+"/other/authority/ca.key", d+"/ca.key") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mustAuthority(t, dir, newClock().Now())
			mustAuthority(t, filepath.Join(dir, "other"), newClock().Now())
			if err := spoil(filepath.Join(dir, "authority")); err != nil {
				t.Fatal(err)
			}
			_, err := identity.OpenAuthority(dir, optionsAt(newClock().Now()))
			wantKind(t, err, fault.Damaged, "")
		})
	}
}

func TestIssue(t *testing.T) {
	now := newClock().Now()
	a, key := mustAuthority(t, t.TempDir(), now.Add(-time.Hour)), mustKey(t)
	// S3: whatever the request asks for, only its key is taken.
	evil, _ := url.Parse("spiffe://" + string(testNetwork) + "/unit/" + string(change.NewUnitID([10]byte{2})) + "/device/aaaaaaaaaaaaaaaa")
	ca, err := asn1.Marshal(struct{ CA bool }{true})
	if err != nil {
		t.Fatal(err)
	}
	csr := mustCSR(t, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "city"}, URIs: []*url.URL{evil}, DNSNames: []string{"city.example"}, IPAddresses: []net.IP{{10, 0, 0, 1}},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Critical: true, Value: ca}},
	}, key)
	der, err := a.Issue(csr, testUnit, now)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	type facts struct {
		URI, Subject        string
		DNS, IPs            int
		CA                  bool
		NotBefore, NotAfter time.Time
		Usage               x509.KeyUsage
		Ext                 []x509.ExtKeyUsage
	}
	got := facts{cert.URIs[0].String(), cert.Subject.String(), len(cert.DNSNames), len(cert.IPAddresses), cert.IsCA, cert.NotBefore, cert.NotAfter, cert.KeyUsage, cert.ExtKeyUsage}
	want := facts{
		URI:       "spiffe://" + string(testNetwork) + "/unit/" + string(testUnit) + "/device/" + string(change.DeviceOf(publicOf(key))),
		NotBefore: time.Unix(0, 0).UTC(), NotAfter: now.Add(90 * 24 * time.Hour),
		Usage: x509.KeyUsageDigitalSignature, Ext: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("certificate (-want +got):\n%s", diff)
	}
}

func TestIssueRefusesBadRequests(t *testing.T) {
	now := newClock().Now()
	a := mustAuthority(t, t.TempDir(), now)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := mustCSR(t, &x509.CertificateRequest{}, mustKey(t))
	// Another node's public key: the request is signed by the attacker's key.
	stolen := bytes.Replace(good, publicKeyOf(t, good), publicOf(mustKey(t)), 1)
	for name, c := range map[string]struct {
		csr  []byte
		says string
	}{
		"another's key": {stolen, "not signed by its own key"},
		"other curve":   {mustCSR(t, &x509.CertificateRequest{}, curve), "another sort of key"},
		"empty":         {nil, "read a certificate request"},
		"garbage":       {[]byte("garbage"), "read a certificate request"},
		"trailing":      {append(bytes.Clone(good), 0), "read a certificate request"},
		"too long":      {make([]byte, 5<<10), "bytes"},
		"weak key":      {withWeakKey(t, good), "weak"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Issue(c.csr, testUnit, now)
			wantKind(t, err, fault.Invalid, c.says)
		})
	}
}

func publicKeyOf(t *testing.T, csr []byte) []byte {
	t.Helper()
	req, err := x509.ParseCertificateRequest(csr)
	if err != nil {
		t.Fatal(err)
	}
	return req.PublicKey.(ed25519.PublicKey)
}

// withWeakKey shows why small orders are refused: with the neutral point as
// key, one signature fits every message.
func withWeakKey(t *testing.T, csr []byte) []byte {
	t.Helper()
	neutral := make([]byte, 32)
	neutral[0] = 1
	forged := make([]byte, 64)
	copy(forged, neutral)
	out := bytes.Replace(csr, publicKeyOf(t, csr), neutral, 1)
	copy(out[len(out)-64:], forged)
	if !ed25519.Verify(neutral, []byte("anything"), forged) {
		t.Fatal("the forgery does not work; the test shows nothing")
	}
	return out
}

func TestEveryKeyOfSmallOrderIsWeak(t *testing.T) {
	now := newClock().Now()
	a, good := mustAuthority(t, t.TempDir(), now), mustCSR(t, &x509.CertificateRequest{}, mustKey(t))
	for _, y := range []string{
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		key, err := hex.DecodeString(y)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Issue(bytes.Replace(good, publicKeyOf(t, good), key, 1), testUnit, now)
		wantKind(t, err, fault.Invalid, "weak")
	}
}

// TestIssueOutsideTheAuthoritysLife: one that an older program made has a life.
func TestIssueOutsideTheAuthoritysLife(t *testing.T) {
	now := newClock().Now()
	a, csr := mustOlderAuthority(t, now), mustCSR(t, &x509.CertificateRequest{}, mustKey(t))
	for _, at := range []time.Time{time.Unix(0, 0), now.Add(30 * 365 * 24 * time.Hour)} {
		_, err := a.Issue(csr, testUnit, at)
		wantKind(t, err, fault.Invalid, "clock")
	}
	end := a.Bundle()[0].NotAfter
	der, err := a.Issue(csr, testUnit, end.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if cert, err := x509.ParseCertificate(der); err != nil || cert.NotAfter.After(end) {
		t.Errorf("a leaf outlives its authority: %v, %v", cert.NotAfter, err)
	}
}
