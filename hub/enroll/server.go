package enroll

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/limit"
	"tongbu/internal/tally"
)

// Server returns an HTTPS server for a handler with all time limits set. The
// caller serves it with ServeTLS(listener, "", "") and shuts it down. It speaks
// HTTP/1.1 only: a caller has one request at a time on a connection, so that
// bounding connections bounds requests.
func Server(h http.Handler, config *tls.Config) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           h,
		TLSConfig:         limit.Guard(config),
		Protocols:         &protocols,
		ReadHeaderTimeout: 5 * time.Second, // of the handshake too
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      answerTimeout + 30*time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // Serve has one
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, limit.ConnOf(c))
		},
		ConnState: func(c net.Conn, state http.ConnState) {
			if state == http.StateIdle {
				limit.ConnOf(c).Wait()
			}
		},
	}
}

// Serve serves a handler at a port, with bounded connections, until the context
// ends. Neighbours may be nil.
func Serve(ctx context.Context, listener net.Listener, h http.Handler, config *tls.Config, neighbours *limit.Neighbours, opts Options) error {
	server := Server(h, config)
	if opts.Log != nil {
		counted := tally.Wrap(opts.Log, opts.Now)
		defer tally.Flush(counted)
		server.ErrorLog = log.New(failures{counted}, "", 0)
	}
	served := make(chan error, 1)
	go func() { served <- server.ServeTLS(limit.Listen(listener, neighbours, opts.Now), "", "") }()
	select {
	case err := <-served:
		return fault.Wrap("serve joining and renewing", err)
	case <-ctx.Done():
	}
	err := server.Close()
	if got := <-served; !errors.Is(got, http.ErrServerClosed) {
		err = errors.Join(err, got)
	}
	return err
}

// failures writes what a server says of connections that fail, under one
// message: its lines hold addresses, and would each be a cause of their own.
type failures struct{ to *slog.Logger }

// Write implements io.Writer.
func (f failures) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	level := slog.LevelWarn
	if strings.HasSuffix(text, io.EOF.Error()) { // whoever looks whether the port is open says nothing
		level = slog.LevelDebug
	}
	f.to.Log(context.Background(), level, "a connection failed", "reason", identity.OneLine(text))
	return len(line), nil
}

type connKey struct{}

// connOf is the connection of a request; nil: it came by none of Serve's.
func connOf(ctx context.Context) *limit.Conn {
	c, _ := ctx.Value(connKey{}).(*limit.Conn)
	return c
}
