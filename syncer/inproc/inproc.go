// Package inproc connects two links within one process, for tests and
// simulations. It behaves as a line does: what is in flight when either side
// closes is lost, a peer that does not read makes the sender wait, and the
// reason of a close reaches the other side with its kind.
package inproc

import (
	"sync"

	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/link"
)

// inFlight is how many messages are in flight in each direction.
const inFlight = 4

// line is what both ends share.
type line struct {
	once   sync.Once
	closed chan struct{}
	by     *Conn // which end closed it first; set before closed is closed
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
	a, b := make(chan syncer.Message, inFlight), make(chan syncer.Message, inFlight)
	return &Conn{line: l, in: a, out: b}, &Conn{line: l, in: b, out: a}
}

// Send waits while the peer does not read. It returns Canceled once either
// side has closed.
func (c *Conn) Send(m syncer.Message) error {
	select {
	case <-c.line.closed:
		return c.closeError()
	default:
	}
	select {
	case <-c.line.closed:
		return c.closeError()
	case c.out <- m:
		return nil
	}
}

// Recv returns what the peer sent. Once either side has closed it returns
// Canceled, or the peer's reason with its kind.
func (c *Conn) Recv() (syncer.Message, error) {
	select {
	case <-c.line.closed:
		return nil, c.closeError()
	default:
	}
	select {
	case <-c.line.closed:
		return nil, c.closeError()
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

func (c *Conn) closeError() error {
	if c.line.by != c && c.line.reason != nil {
		return fault.Wrap("the peer ended the link", c.line.reason)
	}
	return fault.New(fault.Canceled, "the link is closed")
}
