// Package api answers programs: QueryService of proto/tongbu/query/v1 over gRPC, the same
// methods over HTTP with JSON, and files of rows, all at one port of a hub.
//
// A call goes through the same steps however it comes: who is it (a token, or a client
// certificate), may it ask so often, may it ask this (package access, said by the hub),
// the answer, the entry in the audit log before the answer is shown. What is asked and
// answered are the types of package question; this package renders them.
package api

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"

	"tongbu/hub/query"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/limit"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// Hub is what answers. Every method decides whether the program may ask that, and writes
// look-ups of persons into the audit log.
type Hub interface {
	// ProgramOf finds a program by the SHA-256 of its token, ProgramOfKey by that of its
	// certificate's public key. What it may no longer do the other methods say.
	ProgramOf(token [32]byte) (system.Program, bool)
	ProgramOfKey(key [32]byte) (system.Program, bool)
	// Live reports whether the program is in force today: Denied when it is not.
	Live(p system.Program) error
	// Kinds lists what the program may ask for.
	Kinds(p system.Program) []*schema.Kind
	// Scope is the unit that a division code names, or for "" the one that the program
	// sees here.
	Scope(p system.Program, code string) (change.UnitID, error)
	Ask(ctx context.Context, p system.Program, q question.Question) (*question.Answer, error)
	AskAll(ctx context.Context, p system.Program, q question.Question, tell question.Tell) error
	// Past lists the changes of a record, the oldest first.
	Past(ctx context.Context, p system.Program, kind string, id change.RecordID, purpose string) ([]query.Past, error)
	// Coverage says how complete an answer about a unit would be.
	Coverage(ctx context.Context, p system.Program, scope change.UnitID) (question.Coverage, error)
	Schema() *schema.Schema
	Tree() *tree.Tree
	// Watch tells what has changed of a kind since a position, and then waits, until the
	// context ends or tell fails.
	Watch(ctx context.Context, p system.Program, w query.Watched, tell query.TellChanged) error
}

// Options are those of a server.
type Options struct {
	TLS *tls.Config
	Now func() time.Time
	Log *slog.Logger
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
	s := &Server{hub: hub, opts: opts, gate: newGate(hub, opts)}
	s.ended, s.end = context.WithCancel(context.Background())
	s.grpc = s.newGRPC()
	return s
}

// Serve answers until the context ends. It is called once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	defer s.end()
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
