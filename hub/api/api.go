// Package api answers programs: QueryService of proto/tongbu/query/v1 over gRPC, the same
// methods over HTTP with JSON, and files of rows, all at one port of a hub.
//
// A call goes through the same steps however it comes: who is it (a token, or a client
// certificate), may it ask so often, may it ask this (package access, said by the hub),
// the answer, the entry in the audit log before the answer is shown. What is asked and
// answered are the types of package question; this package renders them.
package api

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"

	"tongbu/internal/fault"
	"tongbu/internal/limit"
	"tongbu/internal/tally"
)

// Options are those of a server.
type Options struct {
	TLS *tls.Config
	Now func() time.Time
	Log *slog.Logger

	PartTime time.Duration // that a part of a stream may take to be written; 0: 70 s
}

// Server answers programs.
type Server struct {
	hub   Hub
	opts  Options
	gate  *gate
	grpc  *grpc.Server
	ended context.Context // ends the streams
	end   context.CancelFunc
}

// New makes a server.
func New(hub Hub, opts Options) *Server {
	opts.PartTime = cmp.Or(opts.PartTime, partTime)
	s := &Server{hub: hub, opts: opts, gate: newGate(hub, opts)}
	s.ended, s.end = context.WithCancel(context.Background())
	s.grpc = s.newGRPC()
	return s
}

// Serve answers until the context ends. It is called once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	defer s.end()
	defer tally.Flush(s.gate.log)
	handler, err := s.handler()
	if err != nil {
		return err
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	server := &http.Server{
		Handler: handler, Protocols: &protocols, TLSConfig: limit.Guard(s.opts.TLS),
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxCalls},
		ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog:    log.New(failures{s.opts.Log}, "", 0),
		BaseContext: func(net.Listener) context.Context { return s.ended },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, limit.ConnOf(c))
		},
		ConnState: func(c net.Conn, state http.ConnState) {
			if state == http.StateIdle {
				limit.ConnOf(c).Wait()
			}
		},
	}
	served := make(chan error, 1)
	go func() { served <- server.ServeTLS(limit.Listen(listener, nil, s.opts.Now), "", "") }()
	select {
	case err := <-served:
		return fault.Wrap("serve programs", err)
	case <-ctx.Done():
	}
	s.end()
	drained, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer cancel()
	err = server.Shutdown(drained)
	if err != nil {
		err = server.Close()
	}
	s.grpc.Stop()
	if got := <-served; !errors.Is(got, http.ErrServerClosed) {
		err = errors.Join(err, got)
	}
	return err
}

// drainLimit is how long answers under way may take when the hub stops.
const drainLimit = 3 * time.Second

type connKey struct{}

// connOf is the connection of a call.
func connOf(ctx context.Context) *limit.Conn {
	c, _ := ctx.Value(connKey{}).(*limit.Conn)
	return c
}

// failures writes what the server says of connections under one message, so that no
// stranger fills the log with causes of its own.
type failures struct{ to *slog.Logger }

// Write implements io.Writer.
func (f failures) Write(text []byte) (int, error) {
	f.to.Debug("a connection of a program failed", "reason", line(string(text)))
	return len(text), nil
}
