package demo

import (
	"context"
	"net"
	"sync"

	"tongbu/internal/fault"
)

// line is what a device reaches the hubs above it through: TCP that the demo
// can cut. The zero value is whole. It is safe for concurrent use.
type line struct {
	mu    sync.Mutex // guards all below
	cut   bool
	spare string // the one address that is still reached when cut; empty: none
	wires map[*wire]bool
}

// wire is one connection over a line.
type wire struct {
	net.Conn
	line    *line
	address string
}

// dial implements remote.Dialer.
func (l *line) dial(ctx context.Context, address string) (net.Conn, error) {
	if !l.reaches(address) {
		return nil, errCut()
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &wire{Conn: conn, line: l, address: address}
	if !l.enter(c) { // cut while it was dialled
		_ = conn.Close()
		return nil, errCut()
	}
	return c, nil
}

func errCut() error { return fault.New(fault.Unavailable, "the line is cut") }

func (l *line) reaches(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.cut || address == l.spare
}

func (l *line) enter(c *wire) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut && c.address != l.spare {
		return false
	}
	if l.wires == nil {
		l.wires = map[*wire]bool{}
	}
	l.wires[c] = true
	return true
}

// cutBut ends all connections but those to one address, and refuses others
// from now on. Empty spares none.
func (l *line) cutBut(spare string) {
	l.mu.Lock()
	l.cut, l.spare = true, spare
	var ends []*wire
	for c := range l.wires {
		if c.address != spare {
			ends = append(ends, c)
		}
	}
	l.mu.Unlock()
	for _, c := range ends {
		_ = c.Close()
	}
}

// restore makes the line whole.
func (l *line) restore() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.spare = false, ""
}

// Close implements net.Conn.
func (c *wire) Close() error {
	c.line.mu.Lock()
	delete(c.line.wires, c)
	c.line.mu.Unlock()
	return c.Conn.Close()
}
