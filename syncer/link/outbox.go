package link

import (
	"sync"

	"tongbu/internal/failpoint"
	"tongbu/syncer"
)

// outbox holds what waits to be sent, so that a peer that does not read never
// blocks the goroutine that must read it. The session's window bounds the
// batches in it; all else is small and bounded by what the peer sends. Its
// goroutine is there while there is something to send: a hub has thousands of
// links that say a word every few seconds, and each would keep a stack for it.
type outbox struct {
	conn   Conn
	start  func(pump func())
	failed chan<- error

	mu    sync.Mutex // guards all below
	queue []syncer.Message
	busy  bool // a goroutine sends
	done  bool // nothing is sent any more
}

// put is called by one goroutine, the one that calls finish.
func (o *outbox) put(m syncer.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = append(o.queue, m)
	if !o.busy && !o.done {
		o.busy = true
		o.start(o.drain)
	}
}

// waiting reports whether the peer has not taken all yet.
func (o *outbox) waiting() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queue) > 0
}

// finish has nothing sent but the message that is under way.
func (o *outbox) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = true
}

// next returns what waits, nil when the goroutine that sends is to end.
func (o *outbox) next() []syncer.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 || o.done {
		o.busy = false
		return nil
	}
	batch := o.queue
	o.queue = nil
	return batch
}

// drain sends until there is nothing more, finish is called or the connection
// fails; after a failure the outbox stays busy, and sends no more.
func (o *outbox) drain() {
	for batch := o.next(); batch != nil; batch = o.next() {
		for _, m := range batch {
			err := failpoint.Fail("link.send.before")
			if err == nil {
				err = o.conn.Send(m)
			}
			if err != nil {
				o.failed <- err
				return
			}
			failpoint.Reach("link.send.after")
		}
	}
}
