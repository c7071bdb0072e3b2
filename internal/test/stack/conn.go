package stack

import (
	"net"
	"sync"
	"syscall"
	"time"
)

// errReset is what both ends of a line that is cut meet.
var errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// errPipe is what a writer meets whose reader is gone.
var errPipe = &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}

// address is a made-up host:port.
type address string

var _ net.Addr = address("")

// Network implements net.Addr.
func (address) Network() string { return "tcp" }

// String implements net.Addr.
func (a address) String() string { return string(a) }

// conn is one end of a connection.
type conn struct {
	in, out       *pipe
	local, remote address
	once          sync.Once
	closed        func() // run once
}

var _ net.Conn = (*conn)(nil)

// connect makes both ends of a connection over a line.
func connect(l *Line, from, to address) (client, server *conn) {
	up, down := &pipe{line: l, news: make(chan struct{})}, &pipe{line: l, news: make(chan struct{})}
	closed := func() { l.dropConn(client) }
	client = &conn{in: down, out: up, local: from, remote: to, closed: closed}
	server = &conn{in: up, out: down, local: to, remote: from, closed: closed}
	return client, server
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) { return c.in.Read(b) }

// Write implements net.Conn.
func (c *conn) Write(b []byte) (int, error) { return c.out.Write(b) }

// Close implements net.Conn: the other end reads what was sent and then the
// end, once the line carries it there; what it writes from then on is lost.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.out.change(func(p *pipe) { p.ended = true })
		c.in.change(func(p *pipe) { p.deaf = true })
		c.closed()
	})
	return nil
}

// LocalAddr implements net.Conn.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr implements net.Conn.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.change(func(p *pipe) { p.read = t })
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.change(func(p *pipe) { p.write = t })
	return nil
}
