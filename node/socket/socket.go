// Package socket is how the command line talks to the process that serves a
// directory: HTTP over a Unix socket in that directory, which the file system
// guards (mode 0600). It renders the use cases of desk and operate and knows no
// rule of theirs.
package socket

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tongbu/internal/fault"
)

// SocketFile is the socket's name in a directory.
const SocketFile = "tongbu.sock"

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
	// The name it was opened under may not lead there any more (see shortly).
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

// Serve answers on the listener until the context ends.
func Serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fault.Wrap("serve the command line", err)
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		_ = server.Close()
	}
	<-served //nolint:errcheck // closed on request
	return nil
}
