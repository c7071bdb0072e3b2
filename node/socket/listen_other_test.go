//go:build !windows

package socket_test

import (
	"os"
	"path/filepath"
	"testing"

	"tongbu/internal/fault"
	"tongbu/node/socket"
)

func TestSocketIsGuarded(t *testing.T) {
	dir := t.TempDir()
	mustServe(t, dir)
	info, err := os.Stat(filepath.Join(dir, socket.SocketFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want mode 0600", info.Mode(), err)
	}
}

func TestStaleSocket(t *testing.T) {
	dir := t.TempDir()
	listener, err := socket.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, socket.SocketFile)); err != nil {
		t.Fatalf("the socket of a dead process is to be there: %v", err)
	}
	if _, err := socket.Dial(t.Context(), dir); fault.Of(err) != fault.NotFound {
		t.Errorf("got %v, want not-found", err)
	}
	mustServe(t, dir) // it takes the stale one's place
	c, err := socket.Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}
