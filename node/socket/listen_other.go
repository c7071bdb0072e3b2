//go:build !windows

package socket

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"tongbu/internal/fault"
)

// maxPath is what a Unix socket's address can hold, in bytes.
const maxPath = 100

// Listen opens the socket of a directory. The caller holds the directory's
// lock, so a socket that is there is a dead process's.
func Listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, SocketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fault.Wrap("remove an old socket", err)
	}
	var listener net.Listener
	err := withShortPath(dir, func(path string) (err error) {
		listener, err = net.Listen("unix", path)
		return err
	})
	if err != nil {
		return nil, fault.Wrap("open the socket for the command line", err)
	}
	// The name it was opened under may not lead there any more (see withShortPath).
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o600); err != nil {
		_ = listener.Close()
		return nil, fault.Wrap("guard the socket", err)
	}
	return listener, nil
}

// withShortPath calls fn with a path of the socket that fits into an address: a
// deep directory is reached through the descriptor of its open file.
func withShortPath(dir string, fn func(path string) error) error {
	path := filepath.Join(dir, SocketFile)
	if len(path) <= maxPath {
		return fn(path)
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // only read
	return fn(filepath.Join("/proc/self/fd", strconv.Itoa(int(d.Fd())), SocketFile))
}

// connect opens a connection to the process that serves the directory.
func connect(ctx context.Context, dir string) (conn net.Conn, err error) {
	err = withShortPath(dir, func(path string) (err error) {
		var d net.Dialer
		conn, err = d.DialContext(ctx, "unix", path)
		return err
	})
	return conn, err
}
