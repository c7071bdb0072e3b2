package vault_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/vault"
)

func wantKind(t *testing.T, err error, want fault.Kind, words string) {
	t.Helper()
	if got := fault.Of(err); got != want || err != nil && !strings.Contains(err.Error()+" "+fault.Hint(err), words) {
		t.Errorf("got %v (%v; %s), want %v with %q", got, err, fault.Hint(err), want, words)
	}
}

func mustCreate(t *testing.T, dir, source string, o vault.Options) *vault.Vault {
	t.Helper()
	s, err := vault.ParseSource(source)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Create(dir, s, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mustOpen(t *testing.T, dir string, o vault.Options) *vault.Vault {
	t.Helper()
	v, err := vault.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// keyFile is a directory with a vault whose key file lies in keys.
func keyFile(t *testing.T) (dir, key string, o vault.Options, v *vault.Vault) {
	t.Helper()
	dir, o = t.TempDir(), vault.Options{Keys: filepath.Join(t.TempDir(), "keys")}
	v = mustCreate(t, dir, "file", o)
	found, err := filepath.Glob(filepath.Join(o.Keys, "*.key"))
	if err != nil || len(found) != 1 {
		t.Fatalf("key files %v, %v", found, err)
	}
	return dir, found[0], o, v
}

func TestKeyFile(t *testing.T) {
	dir, key, o, v := keyFile(t)
	if got := mustOpen(t, dir, o).Key(vault.Journal); got != v.Key(vault.Journal) {
		t.Error("the key is another one after opening")
	}
	mustOpen(t, dir, vault.Options{}) // vault.json says where the file is
	moved := filepath.Join(t.TempDir(), filepath.Base(key))
	if err := os.Rename(key, moved); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, dir, vault.Options{Keys: filepath.Dir(moved)})
	_, err := vault.Open(dir, o)
	wantKind(t, err, fault.Denied, key)
	wantKind(t, err, fault.Denied, "copy that was kept apart")
	if place, err := vault.DescribeSource(dir); err != nil || !strings.HasPrefix(place, key) {
		t.Errorf("place %q, %v", place, err)
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{filepath.Dir(moved): 0o755, moved: 0o600, o.Keys: 0o700, filepath.Join(dir, vault.File): 0o600} {
			if info, err := os.Stat(path); err != nil || path != filepath.Dir(moved) && info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	}
}

// A wrong key, a damaged key file and a damaged vault.json are told apart.
func TestWhatIsWrongIsSaid(t *testing.T) {
	dir, key, o, _ := keyFile(t)
	goodKey, goodForm := read(t, key), read(t, filepath.Join(dir, vault.File))
	_, otherKey, _, _ := keyFile(t)

	write(t, key, read(t, otherKey))
	_, err := vault.Open(dir, o)
	wantKind(t, err, fault.Denied, "another directory")

	write(t, key, bytes.Replace(goodKey, []byte("tongbu-key "), []byte("tongbu-key 0"), 1))
	_, err = vault.Open(dir, o)
	wantKind(t, err, fault.Damaged, "key file")
	write(t, key, nil)
	_, err = vault.Open(dir, o)
	wantKind(t, err, fault.Damaged, "key file")
	write(t, key, goodKey)

	for at := range len(goodForm) - 1 { // but the last line's end
		bad := bytes.Clone(goodForm)
		bad[at] ^= 1
		write(t, filepath.Join(dir, vault.File), bad)
		_, err := vault.Open(dir, o)
		if kind := fault.Of(err); kind != fault.Damaged && kind != fault.Unsupported {
			t.Fatalf("a flipped bit at %d: %v", at, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, vault.File)); err != nil {
		t.Fatal(err)
	}
	_, err = vault.Open(dir, o)
	wantKind(t, err, fault.NotFound, "")
}

func TestCreateOnce(t *testing.T) {
	dir, key, o, _ := keyFile(t)
	_, err := vault.Create(dir, vault.Source{}, o)
	wantKind(t, err, fault.Busy, "")
	_, err = vault.Create(t.TempDir(), vault.Source{Kind: "file", Name: key}, o)
	wantKind(t, err, fault.Busy, "key file")
	named := filepath.Join(t.TempDir(), "deep", "my.key")
	other := t.TempDir()
	mustCreate(t, other, "file:"+named, vault.Options{})
	if mustOpen(t, other, vault.Options{}); !strings.Contains(string(read(t, named)), "keep a copy apart") {
		t.Error("the key file does not say what it is")
	}
}

func TestPassphrase(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "phrase")
	write(t, file, []byte("four words of mine\r\nmore"))
	v := mustCreate(t, dir, "passphrase", vault.Options{PassphraseFile: file})
	ask := func(phrase string) vault.Options {
		return vault.Options{Ask: func(string) (string, error) { return phrase, nil }}
	}
	if mustOpen(t, dir, ask("four words of mine")).Key(vault.View) != v.Key(vault.View) {
		t.Error("the key is another one after opening")
	}
	_, err := vault.Open(dir, ask("four words of mine "))
	wantKind(t, err, fault.Denied, "passphrase does not open")
	_, err = vault.Open(dir, vault.Options{})
	wantKind(t, err, fault.Denied, "TONGBU_PASSPHRASE_FILE")
	_, err = vault.Create(t.TempDir(), vault.Source{Kind: "passphrase"}, ask("too short"))
	wantKind(t, err, fault.Invalid, "12 characters")
	asked := 0
	_, err = vault.Create(t.TempDir(), vault.Source{Kind: "passphrase"}, vault.Options{Ask: func(string) (string, error) {
		asked++
		return fmt.Sprint("words that differ ", asked), nil
	}})
	wantKind(t, err, fault.Invalid, "differ")
}

func TestCredential(t *testing.T) {
	dir, given := t.TempDir(), vault.Options{Credentials: t.TempDir()}
	write(t, filepath.Join(given.Credentials, "tongbu"), bytes.Repeat([]byte{7}, 32))
	write(t, filepath.Join(given.Credentials, "short"), []byte("short"))
	v := mustCreate(t, dir, "systemd:tongbu", given)
	if mustOpen(t, dir, given).Key(vault.Identity) != v.Key(vault.Identity) {
		t.Error("the key is another one after opening")
	}
	_, err := vault.Open(dir, vault.Options{})
	wantKind(t, err, fault.Denied, "LoadCredentialEncrypted=tongbu")
	_, err = vault.Open(dir, vault.Options{Credentials: t.TempDir()})
	wantKind(t, err, fault.Denied, "no credential tongbu")
	_, err = vault.Create(t.TempDir(), vault.Source{Kind: "systemd", Name: "short"}, given)
	wantKind(t, err, fault.Invalid, "32")
	write(t, filepath.Join(given.Credentials, "tongbu"), bytes.Repeat([]byte{8}, 32))
	_, err = vault.Open(dir, given)
	wantKind(t, err, fault.Denied, "does not open")
}

func TestAccountIsWindowsOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		dir := t.TempDir()
		v := mustCreate(t, dir, "dpapi", vault.Options{})
		if mustOpen(t, dir, vault.Options{}).Key(vault.View) != v.Key(vault.View) {
			t.Error("the key is another one after opening")
		}
		return
	}
	_, err := vault.Create(t.TempDir(), vault.Source{Kind: "dpapi"}, vault.Options{})
	wantKind(t, err, fault.Unsupported, "Windows")
}

func TestParseSource(t *testing.T) {
	for _, text := range []string{"none", "file:", "systemd", "systemd:", "systemd:a/b", "systemd:..", "passphrase:x", "tpm"} {
		_, err := vault.ParseSource(text)
		wantKind(t, err, fault.Invalid, vault.Sources)
	}
}

// The directory alone has no key: neither the data key, nor a derived one, nor
// the secret stands in vault.json, and the keys of the purposes differ.
func TestTheDirectoryHasNoKey(t *testing.T) {
	dir, key, _, v := keyFile(t)
	form := read(t, filepath.Join(dir, vault.File))
	secret := strings.Fields(string(read(t, key)))
	keys := map[string]bool{}
	for _, p := range []vault.Purpose{vault.Journal, vault.View, vault.Identity} {
		k := v.Key(p)
		keys[hex.EncodeToString(k[:])] = true
	}
	if len(keys) != 3 {
		t.Error("two purposes have one key")
	}
	for _, word := range secret {
		if len(word) == 64 {
			keys[word] = true
		}
	}
	if len(keys) != 4 {
		t.Fatal("the key file has no secret")
	}
	for k := range keys {
		raw, err := hex.DecodeString(k)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(raw)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(form, []byte(k)) || bytes.Contains(form, encoded) || bytes.Contains(form, raw) {
			t.Error("vault.json holds a key")
		}
	}
}

// No way of printing shows a key.
func TestKeysDoNotPrint(t *testing.T) {
	key := vault.Key(bytes.Repeat([]byte{0xab}, vault.KeySize))
	v := vault.New(key)
	var out bytes.Buffer
	for _, format := range []string{"%v", "%+v", "%#v", "%x", "%s", "%d", "%q"} {
		fmt.Fprintf(&out, format, key)
		fmt.Fprintf(&out, format, v)
		fmt.Fprintf(&out, format, struct{ K vault.Key }{key})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("open", "key", key, "vault", v)
	}
	raw, err := json.Marshal(map[string]any{"key": key, "vault": v})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(raw)
	for _, text := range []string{"abab", "ABAB", "171 171", "171,171", "0xab", "q6ur", `\xab`} {
		if strings.Contains(out.String(), text) {
			t.Errorf("a key is printed: %s", &out)
		}
	}
}
