package durable_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"tongbu/internal/durable"
)

func TestExposedDirectory(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing here")
	}
	dir := t.TempDir()
	for mode, want := range map[os.FileMode]bool{0o700: false, 0o755: false, 0o750: false, 0o770: true, 0o703: true, 0o777: true} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if got := durable.Exposed(dir); got != want {
			t.Errorf("%o: got %v, want %v", mode, got, want)
		}
	}
}

func TestExposed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing here")
	}
	path := filepath.Join(t.TempDir(), "key")
	if durable.Exposed(path) {
		t.Error("a file that is not there is exposed")
	}
	if err := os.WriteFile(path, []byte("k"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o711: false, 0o640: true, 0o604: true, 0o620: true, 0o602: true, 0o644: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if got := durable.Exposed(path); got != want {
			t.Errorf("%o: got %v, want %v", mode, got, want)
		}
	}
}
