package journal_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a file system of 2 MiB cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	s := mustOpen(t, filepath.Join(dir, "journal.db"), options())
	drained(t, s, fill(t, s))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestSpecialFileIsInvalid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip("no pipes here:", err)
	}
	_, err := journal.Open(path, options())
	wantKind(t, err, fault.Invalid)
}
