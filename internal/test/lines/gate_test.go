package lines_test

import (
	"context"
	"net"
	"sync"
)

// gate stands in the way of all communities: shut, it holds their calls, which
// go on in the same moment when it is opened.
type gate struct {
	mu     sync.Mutex    // guards all below
	opened chan struct{} // closed: the gate is open
	held   int
}

// newGate makes an open gate.
func newGate() *gate {
	g := &gate{opened: make(chan struct{})}
	g.open()
	return g
}

// shut holds the calls from now on. The gate must be open.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opened = make(chan struct{})
}

// open lets all through. The gate must be shut.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.opened)
}

// waiting is how many calls are held.
func (g *gate) waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held
}

// dial calls once the gate is open.
func (g *gate) dial(ctx context.Context, address string) (net.Conn, error) {
	if err := g.awaitOpen(ctx); err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

func (g *gate) awaitOpen(ctx context.Context) error {
	opened := g.countHeld(1)
	defer g.countHeld(-1)
	select {
	case <-opened:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) countHeld(n int) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held += n
	return g.opened
}
