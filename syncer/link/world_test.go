package link_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tongbu/internal/change"
	"tongbu/syncer"
	"tongbu/syncer/inproc"
	"tongbu/syncer/link"
	"tongbu/syncer/streams"
	"tongbu/syncer/streams/streamstest"
)

func TestMain(m *testing.M) {
	warm()
	goleak.VerifyTestMain(m)
}

// warm lets the process's one compressor make its channels outside of any
// bubble of a test.
func warm() {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	own := change.Stream{Device: change.DeviceOf(key.Public().(ed25519.PublicKey)), Incarnation: 1, Audience: change.NewUnitID([10]byte{1})}
	b, err := change.Seal(change.BatchRows, key, own, change.Mark{}, [][]byte{{1}}, 1)
	if err != nil {
		panic(err)
	}
	if _, err := b.Raw(); err != nil {
		panic(err)
	}
}

// watch notes what it hears.
type watch struct {
	mu      sync.Mutex // guards all below
	acked   []syncer.Have
	stopped []syncer.Refuse
	heard   []syncer.Reach
	met     int
	told    int
	reach   syncer.Reach
	news    chan struct{}
}

func (w *watch) note(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

func (w *watch) Met(syncer.Peer, time.Duration)      { w.note(func() { w.met++ }) }
func (w *watch) Alive(syncer.Peer)                   {}
func (w *watch) Acked(h syncer.Have)                 { w.note(func() { w.acked = append(w.acked, h) }) }
func (w *watch) Heard(_ syncer.Peer, r syncer.Reach) { w.note(func() { w.heard = append(w.heard, r) }) }
func (w *watch) Stopped(r syncer.Refuse)             { w.note(func() { w.stopped = append(w.stopped, r) }) }
func (w *watch) News() (news <-chan struct{}) {
	w.note(func() { news = w.news })
	return news
}

// publish says that Reach has something new.
func (w *watch) publish() {
	w.note(func() {
		close(w.news)
		w.news = make(chan struct{})
	})
}

func (w *watch) Reach(_ syncer.Peer, _ bool) (r syncer.Reach) {
	w.note(func() { w.told++; r = w.reach })
	return r
}

// side is one end of a link under test.
type side struct {
	*streamstest.Device
	watch *watch
	store link.Streams
	meter *link.Meter
}

func newSide(d *streamstest.Device) *side { return &side{Device: d, watch: &watch{}, store: d} }

func (s *side) config(other *side, parent bool) link.Config {
	return link.Config{Streams: s.store, Watch: s.watch, Now: time.Now, Meter: s.meter, Session: syncer.Config{
		Network: "n", Named: syncer.MaxNamed(1), Self: s.Config.Self, Other: other.Config.Self, Parent: parent, Tree: s.World.Tree}}
}

// pair is a clerk linked to a street.
type pair struct {
	clerk, street *side
	up, down      *inproc.Conn
	cancel        context.CancelFunc
	errs          chan error
}

func newPair(t *testing.T) *pair {
	w := streamstest.MustFound(t)
	return &pair{clerk: newSide(w.MustJoin(t, w.Community)), street: newSide(w.MustJoin(t, w.Street))}
}

// start links the two; cut, if any, stands in the line.
func (p *pair) start(t *testing.T, cut func(link.Conn) link.Conn) {
	t.Helper()
	p.startBetween(t, cut, nil)
}

// startBetween links the two; what stands in the line at either end may be nil.
func (p *pair) startBetween(t *testing.T, cut, above func(link.Conn) link.Conn) {
	t.Helper()
	p.up, p.down = inproc.Pair()
	var up, down link.Conn = p.up, p.down
	if cut != nil {
		up = cut(up)
	}
	if above != nil {
		down = above(down)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p.cancel, p.errs = cancel, make(chan error, 2)
	go func() { p.errs <- link.Run(ctx, up, p.clerk.config(p.street, false)) }()
	go func() { p.errs <- link.Run(ctx, down, p.street.config(p.clerk, true)) }()
}

// stop ends both ends and returns why they ended.
func (p *pair) stop() error {
	p.cancel()
	return p.wait()
}

func (p *pair) wait() error {
	err := errors.Join(<-p.errs, <-p.errs)
	p.cancel()
	return err
}

// cutter breaks the line after a number of messages in both directions.
type cutter struct {
	link.Conn
	left chan struct{}
}

func cutAfter(n int) func(link.Conn) link.Conn {
	return func(c link.Conn) link.Conn {
		left := make(chan struct{}, n)
		for range n {
			left <- struct{}{}
		}
		return &cutter{Conn: c, left: left}
	}
}

func (c *cutter) pass() bool {
	select {
	case <-c.left:
		return true
	default:
		c.Conn.Close(nil)
		return false
	}
}

func (c *cutter) Send(m syncer.Message) error {
	c.pass()
	return c.Conn.Send(m)
}

func (c *cutter) Recv() (syncer.Message, error) {
	m, err := c.Conn.Recv()
	if err == nil && !c.pass() {
		_, err = c.Conn.Recv()
	}
	return m, err
}

// gate holds up what is to be stored.
type gate struct {
	link.Streams
	reached chan struct{}
	open    chan struct{}
}

func (g *gate) Append(ctx context.Context, from streams.Sender, sealed [][]byte) ([]syncer.Result, error) {
	close(g.reached)
	<-g.open
	return g.Streams.Append(ctx, from, sealed)
}
