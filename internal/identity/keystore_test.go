package identity_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/identity/identitytest"
)

// joined makes a directory of a device that has joined.
func joined(t *testing.T) (string, *identity.Keystore, *identitytest.Network) {
	t.Helper()
	n, _ := mustFound(t)
	dir := t.TempDir()
	k, err := identity.Create(dir, n.Options)
	if err != nil {
		t.Fatal(err)
	}
	if err := identity.Join(t.Context(), k, n.MustInvite(t, n.Community), n.Root, identity.Listen{}); err != nil {
		t.Fatal(err)
	}
	return dir, k, n
}

func TestReopen(t *testing.T) {
	dir, k, n := joined(t)
	again, err := identity.Open(dir, n.Options)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(k.Placement(), again.Placement()); diff != "" {
		t.Errorf("placement (-want +got):\n%s", diff)
	}
	if again.Device() != k.Device() || !again.Certificate().Equal(k.Certificate()) || !bytes.Equal(again.Bundle(), k.Bundle()) {
		t.Error("the reopened identity differs")
	}
	left, err := filepath.Glob(filepath.Join(dir, "identity", ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	_, err := identity.Open(t.TempDir(), identity.Options{})
	wantKind(t, err, fault.NotFound, "")
	for name, spoil := range map[string]func(dir string) error{
		"key missing":        func(d string) error { return os.Remove(d + "/device.key") },
		"key garbage":        func(d string) error { return os.WriteFile(d+"/device.key", []byte("x"), 0o600) },
		"key empty":          func(d string) error { return os.WriteFile(d+"/device.key", nil, 0o600) },
		"another's key":      anotherKey,
		"certificate absent": func(d string) error { return os.Remove(d + "/device.crt") },
		"certificate cut":    func(d string) error { return os.Truncate(d+"/device.crt", 200) },
		"bundle empty":       func(d string) error { return os.WriteFile(d+"/ca.crt", nil, 0o600) },
		"network cut":        func(d string) error { return os.Truncate(d+"/network.json", 20) },
		"unknown key":        func(d string) error { return os.WriteFile(d+"/network.json", []byte(`{"citty":1}`), 0o600) },
		"hubs cut":           func(d string) error { return os.WriteFile(d+"/hubs.json", []byte(`[{"unit`), 0o600) },
		"a directory":        directoryInstead,
	} {
		t.Run(name, func(t *testing.T) {
			dir, _, n := joined(t)
			if err := spoil(filepath.Join(dir, "identity")); err != nil {
				t.Fatal(err)
			}
			_, err := identity.Open(dir, n.Options)
			want := fault.Damaged
			if name == "key missing" {
				want = fault.NotFound
			}
			wantKind(t, err, want, "")
		})
	}
}

func directoryInstead(dir string) error {
	if err := os.Remove(dir + "/ca.crt"); err != nil {
		return err
	}
	return os.Mkdir(dir+"/ca.crt", 0o700)
}

func anotherKey(dir string) error {
	other := dir + "-other"
	if _, err := identity.Create(other, optionsAt(newClock().Now())); err != nil {
		return err
	}
	return os.Rename(other+"/identity/device.key", dir+"/device.key")
}

// A power cut between the files of an installation leaves one that works.
func TestCrashBetweenFiles(t *testing.T) {
	dir, k, n := joined(t)
	own := filepath.Join(dir, "identity")
	old := read(t, own)
	if err := identity.Renew(t.Context(), k, n.Root); err != nil {
		t.Fatal(err)
	}
	fresh := read(t, own)
	order := []string{"ca.crt", "device.crt", "network.json"}
	for cut := range len(order) + 1 {
		for i, name := range order {
			data := old[name]
			if i < cut {
				data = fresh[name]
			}
			if err := os.WriteFile(filepath.Join(own, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		again, err := identity.Open(dir, n.Options)
		if err != nil {
			t.Fatalf("cut after %d files of a renewal: %v", cut, err)
		}
		if err := identity.Renew(t.Context(), again, n.Root); err != nil {
			t.Errorf("cut after %d files: renew again: %v", cut, err)
		}
	}
	for cut := range order {
		for _, name := range order[cut:] {
			if err := os.RemoveAll(filepath.Join(own, name)); err != nil {
				t.Fatal(err)
			}
		}
		again, err := identity.Create(dir, n.Options)
		if err != nil || again.Joined() || again.Device() != k.Device() {
			t.Errorf("cut after %d files of a join: got joined %v, %v", cut, again.Joined(), err)
		}
	}
}

func read(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"ca.crt", "device.crt", "network.json"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = raw
	}
	return files
}

func TestBeforeJoining(t *testing.T) {
	n, _ := mustFound(t)
	k := n.MustCreate(t)
	if k.Joined() || k.Certificate() != nil || k.Placement().Unit != "" || len(k.Bundle()) != 0 {
		t.Error("a new keystore is a member already")
	}
	_, _, err := k.Verifier().Author(n.Own.Certificate().Raw)
	wantKind(t, err, fault.Denied, "network")
}

// Private keys are not in plain text; those of an earlier version are
// encrypted as soon as they are read, and stay what they are.
func TestPlainKeysAreTakenOver(t *testing.T) {
	dir, clock := t.TempDir(), newClock()
	a := mustAuthority(t, dir, clock.Now())
	k, err := identity.Create(dir, optionsAt(clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	reopen := map[string]func() (ed25519.PrivateKey, error){
		"authority/ca.key": func() (ed25519.PrivateKey, error) {
			a, err := identity.OpenAuthority(dir, optionsAt(clock.Now()))
			if err != nil {
				return nil, err
			}
			return identity.PrivateKey(a), nil
		},
		"identity/device.key": func() (ed25519.PrivateKey, error) {
			k, err := identity.Create(dir, optionsAt(clock.Now()))
			if err != nil {
				return nil, err
			}
			return k.Key(), nil
		},
	}
	for name, want := range map[string]ed25519.PrivateKey{"authority/ca.key": identity.PrivateKey(a), "identity/device.key": k.Key()} {
		path := filepath.Join(dir, name)
		plain, err := identity.EncodePlain(want)
		if err != nil {
			t.Fatal(err)
		}
		der := mustDecode(t, plain)
		for _, before := range [][]byte{nil, plain} {
			if before != nil {
				if err := os.WriteFile(path, before, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := reopen[name](); err != nil || !got.Equal(want) {
				t.Errorf("%s: another key, %v", name, err)
			}
			if bytes.Contains(mustDecode(t, mustRead(t, path)), der[len(der)-32:]) {
				t.Errorf("%s holds the key in plain text", name)
			}
		}
	}
	if !identity.Encrypted(dir) || identity.Encrypted(t.TempDir()) {
		t.Error("it is not seen which directory is encrypted")
	}
}

// A key file under another key is told from a damaged one, and one file is
// not taken for another.
func TestKeysUnderAnotherKey(t *testing.T) {
	dir, clock := t.TempDir(), newClock()
	mustAuthority(t, dir, clock.Now())
	if _, err := identity.Create(dir, optionsAt(clock.Now())); err != nil {
		t.Fatal(err)
	}
	other := optionsAt(clock.Now())
	other.Key[5]++
	_, err := identity.OpenAuthority(dir, other)
	wantKind(t, err, fault.Denied, "another key")
	_, err = identity.Create(dir, other)
	wantKind(t, err, fault.Denied, "another key")
	_, err = identity.Create(t.TempDir(), identity.Options{})
	wantKind(t, err, fault.Invalid, "key")

	if err := os.WriteFile(filepath.Join(dir, "identity", "device.key"), mustRead(t, filepath.Join(dir, "authority", "ca.key")), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = identity.Create(dir, optionsAt(clock.Now()))
	wantKind(t, err, fault.Damaged, "device.key")
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func mustDecode(t *testing.T, raw []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(raw)
	if block == nil {
		t.Fatalf("no PEM: %q", raw)
	}
	return block.Bytes
}
