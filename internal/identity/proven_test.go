package identity_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
)

// TestProvenBy: the authority that certified a device proves it, and so does the
// one before it; one that was put among those the device trusts does not.
func TestProvenBy(t *testing.T) {
	n, c := mustFound(t)
	first := n.Authority.Fingerprint()
	mustRotate(t, n, c)
	stranger, _ := mustFound(t)
	dir := t.TempDir()
	k, err := identity.Create(dir, n.Options)
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Join(t.Context(), k, n.MustInvite(t, n.Community), n.Root, identity.Listen{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "identity", "ca.crt")
	trusted, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(trusted, stranger.Own.Bundle()...), 0o600); err != nil {
		t.Fatal(err)
	}
	if k, err = identity.Open(dir, n.Options); err != nil {
		t.Fatal(err)
	}
	if k.Authority() != n.Authority.Fingerprint() {
		t.Errorf("got authority %v, want %v", k.Authority(), n.Authority.Fingerprint())
	}
	for text, want := range map[string]bool{
		n.Authority.Fingerprint().String(): true, n.Authority.Fingerprint().Short(): true, strings.ToUpper(first.Short()): true,
		stranger.Authority.Fingerprint().String(): false, stranger.Authority.Fingerprint().Short(): false, strings.Repeat("0", 64): false,
	} {
		digits, err := identity.ParseFingerprint(text)
		if err != nil || k.ProvenBy(digits) != want {
			t.Errorf("%s: got %v, %v, want %v", text, !want, err, want)
		}
	}
}

func TestParseFingerprint(t *testing.T) {
	for _, text := range []string{"", "0123", strings.Repeat("0", 63), strings.Repeat("0", 65), strings.Repeat("g", 64), "0123-4567-89ab-cdef-0123-456"} {
		if _, err := identity.ParseFingerprint(text); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: got %v, want invalid", text, err)
		}
	}
}
