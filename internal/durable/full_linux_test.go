package durable_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

// TestNoRoom: a disk that takes no more leaves the older file alone, and its
// own error is told, whatever fill makes of it.
func TestNoRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := durable.Save(path, false, text("first")); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	err := durable.Save(path, true, func(w io.Writer) error {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 8192)) // what is told of it is the point
		return fault.New(fault.Damaged, "what was read is not in order")
	})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("got %v, want the disk's own error", err)
	}
	wantFile(t, path, "first")
	if err := os.Remove(path); err != nil {
		t.Error(err)
	}
}
