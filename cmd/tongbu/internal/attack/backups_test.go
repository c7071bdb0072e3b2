package attack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/internal/backup/backuptest"
	"tongbu/internal/fault"
)

// backups are tried with files that somebody altered who has no key.
func (w *world) backups() map[string]func(*testing.T) {
	dir := w.t.TempDir()
	whole := filepath.Join(dir, "whole.backup")
	mustCommand(w.t, "backup", "--dir", w.city.dir, whole)
	raw, err := os.ReadFile(whole)
	if err != nil {
		w.t.Fatal(err)
	}
	altered := func(t *testing.T, a backuptest.Alteration) string {
		path := filepath.Join(t.TempDir(), "altered.backup")
		if err := os.WriteFile(path, backuptest.MustAlter(t, raw, a), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	configured := func(files map[string]string) { files["tongbu.yaml"] += "passphrase_file: /tmp/of-another\n" }
	refused := func(a backuptest.Alteration, flags ...string) func(*testing.T) {
		return func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "restored")
			code, talk := command(t, append([]string{"restore", "--dir", to, altered(t, a)}, flags...)...)
			if kind := fault.Kind(code); kind != fault.Damaged && kind != fault.Denied {
				t.Errorf("got %v: %s", kind, talk)
			}
			for _, left := range []string{to, to + ".new"} {
				if _, err := os.Lstat(left); err == nil {
					t.Errorf("%s was made", filepath.Base(left))
				}
			}
		}
	}
	return map[string]func(*testing.T){
		"another configuration":                        refused(backuptest.Alteration{Files: configured}),
		"another configuration, without the signature": refused(backuptest.Alteration{Files: configured, Unsigned: true}),
		"a file more":                        refused(backuptest.Alteration{Files: func(files map[string]string) { files["x"] = "y" }}),
		"a known file more":                  refused(backuptest.Alteration{Files: func(files map[string]string) { files["identity/past.crt"] = files["identity/ca.crt"] }}),
		"a file less":                        refused(backuptest.Alteration{Files: func(files map[string]string) { delete(files, "tongbu.yaml") }}),
		"unsigned, where a device is wanted": refused(backuptest.Alteration{Unsigned: true}, "--unsigned", "--device", string(w.city.Replica.Keys.Device())),
		"of another device":                  refused(backuptest.Alteration{}, "--device", string(w.street.Replica.Keys.Device())),
		"of another authority":               refused(backuptest.Alteration{}, "--authority", "0123-4567-89ab-cdef-0123-4567"),
		"as it was, and of an older program": func(t *testing.T) {
			keys := w.city.Replica.Keys
			for _, flags := range [][]string{{}, {"--device", string(keys.Device()), "--authority", keys.Authority().Short()}, {"--authority", keys.Authority().String()}} {
				code, talk := command(t, append([]string{"restore", "--dir", filepath.Join(t.TempDir(), "restored"), whole}, flags...)...)
				if code != 0 || !strings.Contains(talk, keys.Authority().Short()) || !strings.Contains(talk, string(keys.Device())) || strings.Contains(talk, "warning") {
					t.Errorf("%v: got %d: %s", flags, code, talk)
				}
			}
			code, talk := command(t, "restore", "--unsigned", "--dir", filepath.Join(t.TempDir(), "restored"), altered(t, backuptest.Alteration{Unsigned: true}))
			if code != 0 || !strings.Contains(talk, "warning: the backup is not signed") {
				t.Errorf("got %d: %s", code, talk)
			}
		},
	}
}

// command runs the program and returns its exit code and what it said.
func command(t testing.TB, args ...string) (code int, talk string) {
	t.Helper()
	r, err := program.Run(t.Context(), nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return r.Code, r.Err
}

func mustCommand(t testing.TB, args ...string) {
	t.Helper()
	if code, talk := command(t, args...); code != 0 {
		t.Fatalf("%s: exit code %d: %s", args[0], code, talk)
	}
}
