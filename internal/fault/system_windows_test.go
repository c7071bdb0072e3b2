package fault_test

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"tongbu/internal/fault"
)

func TestOfWindows(t *testing.T) {
	numbers := map[syscall.Errno]fault.Kind{112: fault.Full, 39: fault.Full, 32: fault.Busy, 33: fault.Busy,
		10048: fault.Busy, 19: fault.Denied, 123: fault.Invalid, 2: fault.NotFound, 3: fault.NotFound, 5: fault.Denied,
		124: fault.Internal, 4321: fault.Internal}
	for number, want := range numbers {
		if got := fault.Of(&fs.PathError{Op: "write", Path: "f", Err: number}); got != want {
			t.Errorf("%d (%v): got %v, want %v", number, number, got, want)
		}
	}
}

// TestOfWindowsItself: as the system tells it.
func TestOfWindowsItself(t *testing.T) {
	if _, err := os.Open(filepath.Join(t.TempDir(), "none", "file")); fault.Of(err) != fault.NotFound {
		t.Errorf("in a missing directory: got %v (%v), want not-found", fault.Of(err), err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // of a test
	if _, err := net.Listen("tcp", l.Addr().String()); fault.Of(err) != fault.Busy {
		t.Errorf("a port in use: got %v (%v), want busy", fault.Of(err), err)
	}
}
