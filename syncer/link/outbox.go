package link

import (
	"sync"

	"tongbu/internal/failpoint"
	"tongbu/syncer"
)

// outbox holds what waits to be sent, so that a peer that does not read never
// blocks the goroutine that must read it. The session's window bounds the
// batches in it; all else is small and bounded by what the peer sends.
type outbox struct {
	mu    sync.Mutex // guards all below
	ready *sync.Cond
	queue []syncer.Message
	done  bool
}

func newOutbox() *outbox {
	o := &outbox{}
	o.ready = sync.NewCond(&o.mu)
	return o
}

func (o *outbox) put(m syncer.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, m)
	o.ready.Signal()
}

// waiting reports whether the peer has not taken all yet.
func (o *outbox) waiting() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queue) > 0
}

func (o *outbox) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = true
	o.ready.Signal()
}

func (o *outbox) next() []syncer.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) == 0 && !o.done {
		o.ready.Wait()
	}
	if o.done {
		return nil
	}
	batch := o.queue
	o.queue = nil
	return batch
}

// drain sends until finish is called or the connection fails.
func (o *outbox) drain(conn Conn, failed chan<- error) {
	for batch := o.next(); batch != nil; batch = o.next() {
		for _, m := range batch {
			err := failpoint.Fail("link.send.before")
			if err == nil {
				err = conn.Send(m)
			}
			if err != nil {
				failed <- err
				return
			}
			failpoint.Reach("link.send.after")
		}
	}
}
