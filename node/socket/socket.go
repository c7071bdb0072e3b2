// Package socket is how the command line talks to the process that serves a
// directory: HTTP over a Unix socket in that directory, which the file system
// guards (mode 0600), or on Windows over a named pipe, which a security
// descriptor guards. It renders the use cases of desk and operate and knows no
// rule of theirs.
package socket

import (
	"context"
	"net"
	"net/http"
	"time"

	"tongbu/internal/fault"
)

// SocketFile is the socket's name in a directory; under Windows, where the socket is a
// pipe, an empty file. Its time says when the directory was served last.
const SocketFile = "tongbu.sock"

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
