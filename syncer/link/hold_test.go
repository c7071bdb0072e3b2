package link_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/inproc"
	"tongbu/syncer/link"
)

// unread is a connection whose peer reads nothing: what is sent blocks.
type unread struct {
	link.Conn
	once    sync.Once
	entered chan struct{} // closed when something is being sent
	cut     chan struct{} // closed by the test: the line breaks
}

func (d *unread) Send(syncer.Message) error {
	d.once.Do(func() { close(d.entered) })
	<-d.cut
	return fault.New(fault.Unavailable, "the line is cut")
}

// TestSlowPeerHoldsNoTransaction: while a peer does not read, the journal goes
// on taking what is written, more than the mapped file has room for, which
// waits for readers; so nothing may be sent from within a transaction.
func TestSlowPeerHoldsNoTransaction(t *testing.T) {
	p := newPair(t)
	up, _ := inproc.Pair()
	line := &unread{Conn: up, entered: make(chan struct{}), cut: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- link.Run(ctx, line, p.clerk.config(p.street, false)) }()
	<-line.entered
	written := make(chan struct{})
	go func() {
		defer close(written)
		for n := range 200 {
			p.clerk.MustWrite(t, p.clerk.World.Community, noise(n))
		}
	}()
	select {
	case <-written:
	case <-time.After(20 * time.Second):
		t.Error("the journal waits for a peer that does not read")
	}
	close(line.cut)
	cancel()
	<-written
	<-ended //nolint:errcheck // the end was asked for
}
