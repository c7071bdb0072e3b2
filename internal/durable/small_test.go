package durable_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

func TestWriteFileReplaces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := durable.MakeDir(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "file")
	for _, text := range []string{"a longer first text", "second"} {
		if err := durable.WriteFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := durable.ReadFile(path, 100); err != nil || string(got) != text {
			t.Errorf("read %q, %v; want %q", got, err, text)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left in the directory: %v, %v", entries, err)
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]os.FileMode{dir: 0o700, path: 0o600} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v; want %v", name, info.Mode(), err, want)
			}
		}
	}
}

func TestReadFileRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if _, err := durable.ReadFile(path, 3); fault.Of(err) != fault.NotFound {
		t.Errorf("a missing file: %v", err)
	}
	if err := durable.WriteFile(path, []byte("four")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, dir} {
		if _, err := durable.ReadFile(name, 3); fault.Of(err) != fault.Damaged {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := durable.WriteFile(filepath.Join(dir, "none", "file"), nil); fault.Of(err) != fault.NotFound {
		t.Errorf("a missing directory: %v", err)
	}
}
