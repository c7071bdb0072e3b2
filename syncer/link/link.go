// Package link runs one session over a connection: one goroutine owns the
// session and carries out its effects, a second receives, and a third sends
// while there is something to send.
package link

import (
	"context"
	"sync"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
	"tongbu/syncer"
	"tongbu/syncer/streams"
)

// Conn carries messages. Send and Recv may be called at the same time, each
// by one goroutine; both fail once the connection is closed. Close tells the
// peer the reason where the transport allows it.
type Conn interface {
	Send(syncer.Message) error
	Recv() (syncer.Message, error)
	Close(reason error)
}

// Detached is a connection whose Send and Recv return only after the caller of
// Run has returned, as those of a gRPC server call do. Run starts its sending
// and receiving goroutines with Go and does not join them: the owner of the
// connection does.
type Detached interface {
	Conn
	Go(pump func())
}

// Streams is what a link reads and writes; *streams.Streams implements it, and
// says what each method guarantees.
type Streams interface {
	Entries() ([]syncer.Entry, uint64)
	Since(version uint64) ([]syncer.Entry, uint64)
	Changed() <-chan struct{}
	Over() <-chan struct{}
	Load(of change.Stream, after change.Mark, limit int) ([]*change.Batch, []byte, error)
	LoadReceipt(of change.Stream) (*change.SignedReceipt, []byte, error)
	Seal(ctx context.Context, of change.Stream) error
	Append(ctx context.Context, from streams.Sender, sealed [][]byte) ([]syncer.Result, error)
	StoreReceipt(ctx context.Context, signed ...[]byte) error
	Learn(ctx context.Context, certificate []byte) error
	Ends(of change.Stream, before uint64) ([]change.Mark, error)
	Match(of change.Stream, ends []change.Mark) (syncer.Matched, error)
}

// Subscriber is a Streams that tells a link only what is in its scope: one change
// would otherwise wake each of a hub's thousands of links.
type Subscriber interface {
	Subscribe(child change.UnitID) *streams.Subscription
}

var (
	_ Streams    = (*streams.Streams)(nil)
	_ Subscriber = (*streams.Streams)(nil)
)

// Watch is told what happens on a link. Its methods are called by the link's
// goroutine and must not block.
type Watch interface {
	// Met: the peer said hello; offset is its clock minus ours.
	Met(peer syncer.Peer, offset time.Duration)
	// Alive: a message came from the peer.
	Alive(peer syncer.Peer)
	// Acked: the peer has a stream up to the mark on its disk.
	Acked(have syncer.Have)
	// Heard: the peer said who is in contact at or below it.
	Heard(from syncer.Peer, reach syncer.Reach)
	// Stopped: the peer refuses a stream.
	Stopped(refuse syncer.Refuse)
	// Reach returns what to tell the peer: everything known if all is set, else
	// what changed since the last call for this link. It is called at each beat.
	Reach(peer syncer.Peer, all bool) syncer.Reach
	// News is closed when Reach has something that should not wait for the next
	// beat; nil: never.
	News() <-chan struct{}
}

// Config of a link.
type Config struct {
	Session syncer.Config
	Streams Streams
	Watch   Watch
	Beat    time.Duration // between heartbeats; 0: 10 s
	Now     func() time.Time

	// Until is when the peer's certificate expires; zero: it has shown none.
	Until time.Time
	// Right checks the rights of the peer by what is known now; nil: they do not
	// change. It is called before batches are stored and at each beat, and an
	// error ends the link.
	Right func() error
	// Room bounds the memory of all links of a hub; nil: no bound.
	Room *Room
	// Meter counts what crosses; nil: nobody asks.
	Meter *Meter
}

const (
	maxStored   = 4 << 20 // bytes of batches stored in one transaction
	maxReceived = 1000    // messages handled before anything else is looked at
	maxReach    = 2000    // devices and their heads in one message
	minUnsent   = 8 << 20 // bytes that may be unsent, besides
	unsentEach  = 1 << 10 // for each stream of the session: its mark and receipt
	maxSilence  = 6       // beats without a message after which the link ends
)

// Run replicates over the connection until it fails, the context ends, or all
// links must be opened again, which is a Canceled failure. It closes the
// connection and joins what it started, except what Detached.Go started.
func Run(ctx context.Context, conn Conn, cfg Config) error {
	if cfg.Beat == 0 {
		cfg.Beat = 10 * time.Second
	}
	if cfg.Right == nil {
		cfg.Right = func() error { return nil }
	}
	var pumps sync.WaitGroup
	start := pumps.Go
	if d, ok := conn.(Detached); ok {
		start = d.Go
	}
	conn = cfg.Meter.of(conn, cfg.Session.Named)
	r := &runner{cfg: cfg, session: syncer.NewSession(cfg.Session), over: cfg.Streams.Over(),
		inbox: make(chan syncer.Message, 8), failed: make(chan error, 2), share: share{room: cfg.Room}}
	r.feed = feedOf(cfg.Streams, r.child())
	defer r.feed.Close()
	r.outbox = outbox{conn: conn, start: start, failed: r.failed}
	stop := make(chan struct{})
	start(func() { r.receive(conn, stop) })
	err := r.loop(ctx)
	r.outbox.finish()
	r.share.close()
	close(stop)
	conn.Close(err)
	pumps.Wait()
	return err
}

type runner struct {
	cfg     Config
	session *syncer.Session
	feed    feed
	over    <-chan struct{}
	inbox   chan syncer.Message
	outbox  outbox
	failed  chan error // from receive and send
	waiting [][]byte   // batches to store together
	signed  [][]byte   // receipts to store together, before the batches
	silent  int        // beats since the last message of the peer
	share   share      // of the room, for what was received and is not handled yet
}

func (r *runner) receive(conn Conn, stop <-chan struct{}) {
	for {
		if !r.share.reserve(stop) {
			return
		}
		m, err := conn.Recv()
		if err != nil {
			r.failed <- err
			return
		}
		r.share.received(weight(m))
		select {
		case r.inbox <- m:
		case <-stop:
			return
		}
	}
}

func (r *runner) loop(ctx context.Context) error {
	beat := time.NewTicker(r.cfg.Beat)
	defer beat.Stop()
	if err := r.step(ctx, syncer.Opened{Local: r.feed.Entries()}); err != nil {
		return err
	}
	if err := r.tellReach(true); err != nil {
		return err
	}
	for {
		changed, news := r.feed.Changed(), r.cfg.Watch.News()
		if err := r.catchUp(ctx); err != nil {
			return err
		}
		var err error
		select {
		case <-ctx.Done():
			return fault.Wrap("link", context.Cause(ctx)) // the peer is told the reason
		case <-r.over:
			return fault.New(fault.Canceled, "the history or the tree changed; the link is opened again")
		case err = <-r.failed:
			return err
		case m := <-r.inbox:
			err = r.receiveAll(ctx, m)
		case <-changed:
		case <-news:
			err = r.tellReach(false)
		case <-beat.C:
			err = r.beat()
		}
		if err != nil {
			return err
		}
	}
}

func (r *runner) catchUp(ctx context.Context) error {
	local := r.feed.Next()
	if len(local) == 0 {
		return nil
	}
	return r.step(ctx, syncer.Grew{Local: local})
}

// receiveAll handles all messages that have come by now, so that many batches
// share one fsync.
func (r *runner) receiveAll(ctx context.Context, m syncer.Message) error {
	r.silent = 0
	r.cfg.Watch.Alive(r.cfg.Session.Other)
	done := 0
	defer func() { r.share.handled(done) }()
	for n, size := 0, 0; ; n++ {
		done += weight(m)
		if err := r.step(ctx, syncer.Received{Message: m}); err != nil {
			return err
		}
		if b, ok := m.(syncer.Batch); ok {
			size += len(b.Sealed)
		}
		if size > maxStored || n > maxReceived {
			return r.store(ctx)
		}
		select {
		case m = <-r.inbox:
		default:
			return r.store(ctx)
		}
	}
}

func (r *runner) store(ctx context.Context) error {
	if len(r.signed) > 0 {
		signed := r.signed
		r.signed = nil
		if err := r.cfg.Streams.StoreReceipt(ctx, signed...); err != nil {
			return err
		}
	}
	if len(r.waiting) == 0 {
		return nil
	}
	sealed := r.waiting
	r.waiting = nil
	if err := r.cfg.Right(); err != nil {
		return err
	}
	from := streams.Sender{Peer: r.cfg.Session.Other, Parent: !r.cfg.Session.Parent, Until: r.cfg.Until}
	results, err := r.cfg.Streams.Append(ctx, from, sealed)
	if err != nil {
		return err
	}
	failpoint.Reach("link.ack.send")
	return r.step(ctx, syncer.Stored{Results: results})
}

// beat ends the link to a peer that sends nothing although its line is up: its
// machine still answers the transport's pings, so only the silence shows it.
func (r *runner) beat() error {
	if r.silent++; r.silent > maxSilence {
		return fault.New(fault.Unavailable, "the peer has been silent for %v", maxSilence*r.cfg.Beat)
	}
	if err := r.tellReach(false); err != nil {
		return err
	}
	return r.cfg.Right()
}

// tellReach sends what is known of contacts. While earlier messages are still
// unsent it waits for the next beat, so that the outbox does not grow.
func (r *runner) tellReach(all bool) error {
	if !all && r.outbox.pending() {
		return nil
	}
	for _, part := range splitReach(r.cfg.Watch.Reach(r.cfg.Session.Other, all)) {
		if err := r.send(part); err != nil {
			return err
		}
	}
	return nil
}

// send queues a message. It returns Exhausted when the peer leaves unread more than
// the opening of a link and the window's batches can be.
func (r *runner) send(m syncer.Message) error {
	return r.outbox.add(m, minUnsent+unsentEach*r.session.Streams())
}

// splitReach keeps each message well under the transport's limit.
func splitReach(all syncer.Reach) []syncer.Reach {
	part := syncer.Reach{Now: all.Now}
	var parts []syncer.Reach
	size := 0
	for _, d := range all.Devices {
		if size += 1 + len(d.Heads); len(part.Devices) > 0 && size > maxReach {
			parts = append(parts, part)
			part, size = syncer.Reach{Now: all.Now}, 1+len(d.Heads)
		}
		part.Devices = append(part.Devices, d)
	}
	return append(parts, part)
}
