// Package line is a TCP proxy that stands for the line between two machines:
// it counts the bytes that cross it, and can be as slow and as far as a real
// one. Nothing is lost on it.
package line

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Shape is how good the line is; the zero value is loopback itself.
type Shape struct {
	Rate  int           // bits a second each way; 0: unbounded
	Delay time.Duration // one way
}

// Proxy listens on an address of its own and passes on to another.
type Proxy struct {
	Up, Down atomic.Int64 // bytes from the dialler, and to it

	shape    Shape
	target   string
	listener net.Listener
	running  sync.WaitGroup
	mu       sync.Mutex // guards conns
	conns    []net.Conn
	up, down *pipe
}

// Listen begins to pass on.
func Listen(target string, shape Shape) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{shape: shape, target: target, listener: l, up: &pipe{shape: shape}, down: &pipe{shape: shape}}
	p.running.Go(p.accept)
	return p, nil
}

// Address is where to dial.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Dial opens a connection through the proxy whatever the address: it is a
// remote.Dialer.
func (p *Proxy) Dial(ctx context.Context, _ string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", p.Address())
}

// Total is all bytes that have crossed so far.
func (p *Proxy) Total() int64 { return p.Up.Load() + p.Down.Load() }

// Close ends all connections and waits for their end.
func (p *Proxy) Close() {
	_ = p.listener.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		from, err := p.listener.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = from.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, from, to)
		p.mu.Unlock()
		p.running.Go(func() { p.up.carry(to, from, &p.Up) })
		p.running.Go(func() { p.down.carry(from, to, &p.Down) })
	}
}
