package link

import (
	"sync"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/syncer"
)

// outbox holds what is to be sent, so that a peer that does not read never
// blocks the goroutine that handles its messages. The session's window bounds
// the batches in it, and the caller of add all together: a peer that asks and does not read,
// and whose questions are smaller than the answers, would fill it. Its
// goroutine exists only while there is something to send: a hub has thousands
// of links that send a message every few seconds, and each goroutine would keep
// its stack.
type outbox struct {
	conn   Conn
	start  func(pump func())
	failed chan<- error

	mu    sync.Mutex // guards all below
	queue []syncer.Message
	bytes int  // unsent, as weight counts
	busy  bool // a goroutine sends
	done  bool // nothing is sent any more
}

// add is called by one goroutine, the one that calls finish. It returns Exhausted
// when more than limit bytes are unsent.
func (o *outbox) add(m syncer.Message, limit int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bytes += weight(m); o.bytes > limit {
		return fault.New(fault.Exhausted, "the peer does not read: more than %d bytes are unsent", limit)
	}
	o.queue = append(o.queue, m)
	if !o.busy && !o.done {
		o.busy = true
		o.start(o.drain)
	}
	return nil
}

// sent releases what a message took.
func (o *outbox) sent(m syncer.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes -= weight(m)
}

// pending reports whether messages are still unsent.
func (o *outbox) pending() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queue) > 0
}

// finish discards what is unsent; a Send under way is not interrupted.
func (o *outbox) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = true
}

// nextMessages returns what is to be sent; nil ends the sending goroutine.
func (o *outbox) nextMessages() []syncer.Message {
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

// drain sends until nothing is left, finish is called or the connection fails;
// after a failure the outbox stays busy and sends nothing more.
func (o *outbox) drain() {
	for batch := o.nextMessages(); batch != nil; batch = o.nextMessages() {
		for _, m := range batch {
			err := failpoint.Fail("link.send.before")
			if err == nil {
				err = o.conn.Send(m)
			}
			if err != nil {
				o.failed <- err
				return
			}
			o.sent(m)
			failpoint.Reach("link.send.after")
		}
	}
}
