package monitor

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"tongbu/internal/fault"
)

// How much callers may take. Whoever watches asks a few times a minute.
const (
	maxCallers    = 16
	maxHeader     = 8 << 10
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute // longer than the pause between scrapes
	drainTimeout  = 2 * time.Second
)

// Serve serves the handler at a port until the context ends, and returns when all who
// were being answered have been, or cannot be any more.
func Serve(ctx context.Context, port net.Listener, h http.Handler) error {
	var answering gate
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !answering.enter() {
				return
			}
			defer answering.Done()
			r.Body = http.MaxBytesReader(w, r.Body, 0)
			h.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // its lines hold addresses
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(bounded(port)) }()
	select {
	case err := <-served:
		return fault.Wrap("serve the figures", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := server.Shutdown(drain)
	if err != nil {
		err = server.Close() // who is slow is cut off
	}
	if got := <-served; !errors.Is(got, http.ErrServerClosed) {
		err = errors.Join(err, got)
	}
	answering.end()
	return fault.Wrap("end serving the figures", err)
}

// gate counts who is being answered, and lets nobody in at the end.
type gate struct {
	sync.WaitGroup
	mu   sync.Mutex // guards over, and that none enters after it
	over bool
}

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		g.Add(1)
	}
	return !g.over
}

// end waits for those who have entered.
func (g *gate) end() {
	g.mu.Lock()
	g.over = true
	g.mu.Unlock()
	g.Wait()
}

// bounded takes so many connections at a time; others wait in the system's queue.
func bounded(port net.Listener) net.Listener {
	return &places{Listener: port, free: make(chan struct{}, maxCallers), closed: make(chan struct{})}
}

type places struct {
	net.Listener
	free   chan struct{} // holds one for each place that is taken
	once   sync.Once
	closed chan struct{}
}

// Accept implements net.Listener.
func (p *places) Accept() (net.Conn, error) {
	select {
	case p.free <- struct{}{}:
	case <-p.closed:
		return nil, net.ErrClosed
	}
	conn, err := p.Listener.Accept()
	if err != nil {
		<-p.free
		return nil, err
	}
	return &placed{Conn: conn, of: p}, nil
}

// Close implements net.Listener.
func (p *places) Close() error {
	p.once.Do(func() { close(p.closed) })
	return p.Listener.Close()
}

// placed is a connection that gives its place back.
type placed struct {
	net.Conn
	of   *places
	once sync.Once
}

// Close implements net.Conn.
func (c *placed) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { <-c.of.free })
	return err
}
