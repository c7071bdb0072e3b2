package web

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"

	"tongbu/internal/fault"
)

// How much browsers may take: one station has a few, and each opens several connections.
const (
	maxConnections = 64
	maxHeader      = 16 << 10
	headerTimeout  = 10 * time.Second
	readTimeout    = 2 * time.Minute // a file from a stick
	writeTimeout   = 5 * time.Minute // a year's ledgers
	idleTimeout    = 2 * time.Minute
	drainTimeout   = 2 * time.Second
)

// Serve serves the site at a port until the context ends; secure: over TLS.
func Serve(ctx context.Context, port net.Listener, h http.Handler, secure *tls.Config) error {
	limited := newSeats(port, maxConnections)
	one := &http.Protocols{} // one request at a time of each connection, so that connections bound the work
	one.SetHTTP1(true)
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, BaseContext: func(net.Listener) context.Context { return ctx },
		ConnState: limited.changed, Protocols: one,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // its lines hold addresses
	}
	served := make(chan error, 1)
	server.TLSConfig = secure
	go func() {
		if secure == nil {
			served <- server.Serve(limited)
			return
		}
		served <- server.ServeTLS(limited, "", "")
	}()
	select {
	case err := <-served:
		return fault.Wrap("serve the pages", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		_ = server.Close() // who is slow is cut off
	}
	<-served //nolint:errcheck // closed on request
	return nil
}
