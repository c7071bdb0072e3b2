package limit_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"tongbu/internal/limit"
)

// places are how many connections a port keeps that have not said who they are.
const places = 192

// call is a connection from an address.
type call struct {
	net.Conn
	from   string
	says   bytes.Reader
	closed atomic.Bool
}

func (c *call) RemoteAddr() net.Addr              { return &net.TCPAddr{IP: net.ParseIP(c.from), Port: 4000} }
func (c *call) Close() error                      { c.closed.Store(true); return nil }
func (c *call) Read(p []byte) (int, error)        { return c.says.Read(p) }
func (c *call) Write(p []byte) (int, error)       { return len(p), nil }
func (c *call) SetDeadline(time.Time) error       { return nil }
func (c *call) LocalAddr() net.Addr               { return &net.TCPAddr{} }
func from(format string, at ...any) (c *call)     { return &call{from: fmt.Sprintf(format, at...)} }
func talking(c *call) *call                       { c.says.Reset([]byte("hello")); return c }
func spread(i int) *call                          { return from("10.0.%d.%d", i/256, i%256) }
func same(int) *call                              { return from("10.9.9.9") }
func sameNetwork(i int) *call                     { return from("2001:db8::%x", i+1) }
func speaking(at func(int) *call) func(int) *call { return func(i int) *call { return talking(at(i)) } }

// port accepts what is called in.
type port struct {
	*limit.Listener
	calls chan net.Conn
	now   *clock
	near  *limit.Neighbours
}

func newPort() *port {
	p := &port{calls: make(chan net.Conn, 1), now: newClock(), near: limit.NewNeighbours()}
	p.Listener = limit.Listen(inner{p}, p.near, p.now.Now)
	return p
}

// inner is the port beneath the limit.
type inner struct{ of *port }

func (i inner) Accept() (net.Conn, error) {
	c, ok := <-i.of.calls
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (i inner) Close() error   { return nil }
func (i inner) Addr() net.Addr { return &net.TCPAddr{} }

// in calls in and returns the connection, nil when it is turned away.
func (p *port) in(t *testing.T, c *call) *limit.Conn {
	t.Helper()
	p.calls <- c
	got := make(chan net.Conn, 1)
	go func() {
		conn, err := p.Listener.Accept()
		if err == nil {
			got <- conn
		}
		close(got)
	}()
	// Turned away, it is closed and the next is waited for: a sentinel that
	// always has a place ends that.
	if conn, ok := p.first(got, c); ok {
		return conn.(*limit.Conn)
	}
	return nil
}

func (p *port) first(got <-chan net.Conn, c *call) (net.Conn, bool) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case conn := <-got:
			return conn, conn != nil
		case <-tick.C:
			if c.closed.Load() {
				close(p.calls)
				<-got
				p.calls = make(chan net.Conn, 1)
				return nil, false
			}
		}
	}
}

func TestTooManyConnections(t *testing.T) {
	const silence, grace = 100 * time.Millisecond, 3 * time.Second
	tests := map[string]struct {
		inside func(i int) *call
		after  time.Duration // they came that long ago
		who    *call         // arrives
		in     bool
		victim int // -1: nobody
	}{
		"all return at once: they are let finish":         {inside: spread, who: from("10.2.2.2"), victim: -1},
		"all return at once, and the first never spoke":   {inside: speaking(spread), after: grace, who: from("10.2.2.2"), in: true},
		"they say nothing":                                {inside: spread, after: silence, who: from("10.2.2.2"), in: true},
		"they have said something, and have their time":   {inside: speaking(spread), after: silence, who: from("10.2.2.2"), victim: -1},
		"a flood from elsewhere makes room":               {inside: speaking(same), who: from("10.2.2.2"), in: true},
		"one network of IPv6 is one address":              {inside: speaking(sameNetwork), who: from("2001:db8:0:1::1"), in: true},
		"a flood from the same address has its time":      {inside: speaking(same), who: from("10.9.9.9"), victim: -1},
		"and then makes room":                             {inside: speaking(same), after: grace, who: from("10.9.9.9"), in: true},
		"a flood from the same network, of another's end": {inside: sameNetwork, who: from("2001:db8::ffff"), victim: -1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPort()
			var inside []*call
			for i := range places {
				c := test.inside(i)
				conn := p.in(t, c)
				if conn == nil {
					t.Fatalf("%d is turned away", i)
				}
				_, _ = conn.Read(make([]byte, 1)) // those that say nothing are at their end
				inside = append(inside, c)
			}
			p.now.add(test.after)
			if got := p.in(t, test.who) != nil; got != test.in {
				t.Errorf("let in: %v, want %v", got, test.in)
			}
			for i, c := range inside {
				if c.closed.Load() != (i == test.victim) {
					t.Errorf("%d of those inside is closed: %v", i, c.closed.Load())
				}
			}
		})
	}
}

// TestNeighbours: strangers do not take the places of those whom the hub knows.
func TestNeighbours(t *testing.T) {
	p := newPort()
	member := from("10.7.7.7")
	p.in(t, member).Welcome()
	for i := range places {
		p.in(t, spread(i))
	}
	if p.in(t, from("10.2.2.2")) != nil {
		t.Error("a stranger has a place too many")
	}
	for range 64 {
		if p.in(t, from("10.7.7.7")) == nil {
			t.Fatal("a member's address is turned away")
		}
	}
	if p.in(t, from("10.7.7.7")) != nil {
		t.Error("an address that a member called from has places without end")
	}
	if member.closed.Load() {
		t.Error("a member's connection is closed")
	}
}

// TestSettled: a connection of whom it is known who it is takes no place, and
// one that is to say more does again.
func TestSettled(t *testing.T) {
	p := newPort()
	var settled []*limit.Conn
	for i := range 3 * places {
		c := p.in(t, spread(i))
		c.Settle()
		settled = append(settled, c)
	}
	for _, c := range settled[:places] {
		c.Wait()
	}
	if p.in(t, from("10.2.2.2")) != nil {
		t.Error("those that wait take no places")
	}
	if err := settled[0].Close(); err != nil {
		t.Fatal(err)
	}
	settled[0].Wait() // closed meanwhile: nobody would free its place
	if p.in(t, from("10.2.2.2")) == nil {
		t.Error("a closed connection keeps its place")
	}
}

// TestGuard: no more handshakes are computed at a time than the listener has
// places for, and each place comes back.
func TestGuard(t *testing.T) {
	p := newPort()
	cfg := limit.Guard(&tls.Config{}) //nolint:gosec // no handshake is made
	for i := range 50 {
		c := p.in(t, spread(i))
		if _, err := cfg.GetConfigForClient(&tls.ClientHelloInfo{Conn: c}); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			_, _ = c.Write([]byte("hello")) // a call takes all
		}
		_ = c.Close() // as above
	}
	if _, err := cfg.GetConfigForClient(&tls.ClientHelloInfo{Conn: from("10.1.1.1")}); err != nil {
		t.Errorf("a connection of another listener: %v", err)
	}
}
