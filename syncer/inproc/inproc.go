// Package inproc is a connection between two links of one process: for tests
// and simulations, and it behaves as a line does. What is under way when
// either side closes is lost, a peer that does not read makes the sender wait,
// and the reason of a close reaches the other side with its kind.
package inproc

import (
	"sync"

	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/link"
)

// room is how many messages are under way in each direction.
const room = 4

// line is what both ends share.
type line struct {
	once   sync.Once
	closed chan struct{}
	by     *Conn // who closed it first, before closed is closed
	reason error
}

// Conn is one end.
type Conn struct {
	line *line
	in   <-chan syncer.Message
	out  chan<- syncer.Message
}

var _ link.Conn = (*Conn)(nil)

// Pair returns the two ends of a new connection.
func Pair() (*Conn, *Conn) {
	l := &line{closed: make(chan struct{})}
	a, b := make(chan syncer.Message, room), make(chan syncer.Message, room)
	return &Conn{line: l, in: a, out: b}, &Conn{line: l, in: b, out: a}
}

// Send waits while the peer does not read. It returns Canceled once either
// side has closed.
func (c *Conn) Send(m syncer.Message) error {
	select {
	case <-c.line.closed:
		return c.over()
	default:
	}
	select {
	case <-c.line.closed:
		return c.over()
	case c.out <- m:
		return nil
	}
}

// Recv returns what the peer sent. Once either side has closed it returns
// Canceled, or the peer's reason with its kind.
func (c *Conn) Recv() (syncer.Message, error) {
	select {
	case <-c.line.closed:
		return nil, c.over()
	default:
	}
	select {
	case <-c.line.closed:
		return nil, c.over()
	case m := <-c.in:
		return m, nil
	}
}

// Close ends the connection for both sides; later calls do nothing.
func (c *Conn) Close(reason error) {
	c.line.once.Do(func() {
		c.line.by, c.line.reason = c, reason
		close(c.line.closed)
	})
}

func (c *Conn) over() error {
	if c.line.by != c && c.line.reason != nil {
		return fault.Wrap("the peer ended the link", c.line.reason)
	}
	return fault.New(fault.Canceled, "the link is closed")
}
