package identity_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

func TestOwnServer(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	if err := os.Mkdir(filepath.Join(dir, "identity"), 0o700); err != nil {
		t.Fatal(err)
	}
	o := identity.Options{Key: [32]byte{1}, Now: c.Now}
	open := func(hosts ...string) *x509.Certificate {
		t.Helper()
		got, err := identity.OwnServer(dir, hosts, o)
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AddCert(got.Leaf)
		for _, host := range hosts {
			if _, err := got.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: pool, CurrentTime: c.Now()}); err != nil {
				t.Errorf("who trusts it does not take it for %s: %v", host, err)
			}
		}
		if got.Leaf.IsCA {
			t.Error("it may sign for others")
		}
		return got.Leaf
	}
	first := open("192.168.1.5", "station-pc")
	if again := open("station-pc", "192.168.1.5", "station-pc"); !again.Equal(first) {
		t.Error("another certificate for the same names")
	}
	other := open("station-pc", "192.168.1.6")
	if other.Equal(first) || !first.PublicKey.(*ecdsa.PublicKey).Equal(other.PublicKey) {
		t.Error("other names want another certificate of the same key")
	}
	c.now = c.now.Add(5*366*24*time.Hour - time.Hour)
	if late := open("station-pc", "192.168.1.6"); late.Equal(other) || !late.NotAfter.After(c.now.AddDate(4, 0, 0)) {
		t.Error("it is not made again near its end")
	}

	key := filepath.Join(dir, "identity", "pages.key")
	raw, err := os.ReadFile(key)
	if err != nil || !bytes.HasPrefix(raw, []byte("-----BEGIN TONGBU ENCRYPTED KEY")) {
		t.Errorf("the key is in plain text: %v", err)
	}
	if files := identity.KeyFiles(dir); len(files) < 2 || files[1] != key {
		t.Errorf("the key is none of %v", files)
	}
	_, err = identity.OwnServer(dir, []string{"a"}, identity.Options{Key: [32]byte{2}, Now: c.Now})
	wantKind(t, err, fault.Denied, "another key")
	if err := os.WriteFile(key, raw[:len(raw)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = identity.OwnServer(dir, []string{"a"}, o)
	wantKind(t, err, fault.Damaged, "cannot be read")
}
