package limit

import (
	"crypto/tls"
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"
)

// Listener gives its connections a place each until it is known who they are,
// and closes those for which there is none.
type Listener struct {
	net.Listener
	*places
	crypto chan struct{} // one for each handshake that is being computed
}

// Listen bounds a port; nil neighbours: it has its own.
func Listen(l net.Listener, neighbours *Neighbours, now func() time.Time) *Listener {
	if neighbours == nil {
		neighbours = NewNeighbours()
	}
	// One processor is left to those who are in.
	return &Listener{Listener: l, places: &places{now: now, neighbours: neighbours}, crypto: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &Conn{Conn: raw, of: l, from: AddressOf(raw.RemoteAddr())}
		victim, ok := l.enter(c)
		if victim != nil {
			_ = victim.Close() // it is given up either way
		}
		if ok {
			return c, nil
		}
		_ = raw.Close() // it is given up either way
	}
}

// Guard returns the configuration with the bound on handshakes computed at a
// time, for connections of a Listener; others it does not bound. A handshake
// costs a hub more than the caller, and needs no certificate to be asked for.
func Guard(cfg *tls.Config) *tls.Config {
	guarded, next := cfg.Clone(), cfg.GetConfigForClient
	guarded.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if c, ok := hello.Conn.(*Conn); ok {
			c.beginCrypto()
		}
		if next != nil {
			return next(hello)
		}
		return nil, nil
	}
	return guarded
}

// Conn is a connection of a Listener.
type Conn struct {
	net.Conn
	of    *Listener
	from  netip.Prefix
	heard atomic.Bool // it has said something

	since   time.Time // guarded by of.mu, as are the three below
	pool    int
	pending bool
	gone    bool

	computing atomic.Bool // holds a place among the handshakes being computed
}

// ConnOf returns the connection of a Listener beneath one of TLS; nil: it is
// none.
func ConnOf(c net.Conn) *Conn {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = t.NetConn()
	}
	own, _ := c.(*Conn)
	return own
}

// Settle frees the place: it is known who is there, or another bound counts
// the connection from here on.
func (c *Conn) Settle() {
	if c != nil {
		c.of.leave(c)
	}
}

// Welcome settles the connection of a member and remembers where it called from.
func (c *Conn) Welcome() {
	if c != nil {
		c.of.neighbours.Add(c.from)
		c.of.leave(c)
	}
}

// Wait takes a place again, for a connection that is to say more; it is closed
// when there is none.
func (c *Conn) Wait() {
	if c == nil {
		return
	}
	c.heard.Store(false)
	c.of.leave(c)
	victim, ok := c.of.enter(c)
	if victim != nil {
		_ = victim.Close() // it is given up either way
	}
	if !ok {
		_ = c.Close() // as above
	}
}

// Read implements net.Conn.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.heard.Load() {
		c.heard.Store(true)
	}
	return n, err
}

// Write implements net.Conn. The first thing a server writes is the answer to a
// hello, with which the costly part of a handshake is over.
func (c *Conn) Write(p []byte) (int, error) {
	c.endCrypto()
	return c.Conn.Write(p)
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	c.of.close(c)
	c.endCrypto()
	return c.Conn.Close()
}

// beginCrypto waits for a place; those before it take milliseconds.
func (c *Conn) beginCrypto() {
	c.of.crypto <- struct{}{}
	c.computing.Store(true)
	if c.of.isGone(c) { // closed while it waited, so nobody would free the place
		c.endCrypto()
	}
}

func (c *Conn) endCrypto() {
	if c.computing.Load() && c.computing.CompareAndSwap(true, false) {
		<-c.of.crypto
	}
}
