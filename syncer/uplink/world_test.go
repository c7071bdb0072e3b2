package uplink_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/syncer"
	"tongbu/syncer/inproc"
	"tongbu/syncer/link"
	"tongbu/syncer/streams/streamstest"
	"tongbu/syncer/uplink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hub is one that can be switched off, or made to refuse.
type hub struct {
	who    syncer.Peer
	mu     sync.Mutex // guards all below
	up     bool
	refuse func() error // why links end at once; nil: they stay
	calls  []time.Time  // when somebody tried
	links  []*inproc.Conn
	ask    func(ctx context.Context) (*question.Answer, error)
}

func (h *hub) set(up bool, refuse func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.up, h.refuse = up, refuse
	if !up {
		h.cutLocked()
	}
}

// cut ends the links of a hub that goes on answering.
func (h *hub) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cutLocked()
}

func (h *hub) cutLocked() {
	for _, c := range h.links {
		c.Close(fault.New(fault.Unavailable, "the line is cut"))
	}
	h.links = nil
}

func (h *hub) tried() []time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls
}

func (h *hub) Reachable(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, time.Now())
	if !h.up {
		return fault.New(fault.Unavailable, "down")
	}
	return nil
}

func (h *hub) Sync(context.Context) (link.Conn, identity.Member, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	a, b := inproc.Pair()
	if h.refuse != nil {
		b.Close(h.refuse())
	}
	h.links = append(h.links, b)
	go h.speak(b)
	go func() {
		for {
			if _, err := b.Recv(); err != nil {
				return
			}
		}
	}()
	return a, identity.Member{Unit: h.who.Unit, Device: h.who.Device}, nil
}

// speak says hello, and that it is alive, until the link ends.
func (h *hub) speak(conn *inproc.Conn) {
	say := []syncer.Message{syncer.Hello{Version: syncer.Version, Network: "n", Peer: h.who}, syncer.Marks{Last: true}}
	for {
		for _, m := range say {
			if conn.Send(m) != nil {
				return
			}
		}
		say = []syncer.Message{syncer.Reach{}}
		<-time.After(10 * time.Second)
	}
}

func (h *hub) Query(ctx context.Context, _ question.Question) (*question.Answer, error) {
	return h.ask(ctx)
}

func (h *hub) QueryAll(ctx context.Context, _ question.Question, _ question.Tell) error {
	_, err := h.ask(ctx)
	return err
}

func (h *hub) Close() error { return nil }

// named is an answer that is told from others by its page token.
func named(token string) *question.Answer { return &question.Answer{NextPageToken: token} }

func tokenOf(a *question.Answer) string {
	if a == nil {
		return ""
	}
	return a.NextPageToken
}

// idle is a watch that hears nothing but that the hub is there.
type idle struct{ heard func() }

func (idle) Met(syncer.Peer, time.Duration)       {}
func (i idle) Alive(syncer.Peer)                  { i.heard() }
func (idle) Acked(syncer.Have)                    {}
func (idle) Heard(syncer.Peer, syncer.Reach)      {}
func (idle) Stopped(syncer.Refuse)                {}
func (idle) News() <-chan struct{}                { return nil }
func (idle) Reach(syncer.Peer, bool) syncer.Reach { return syncer.Reach{} }

// world is a clerk with two hubs above.
type world struct {
	*uplink.Uplink
	near, far *hub
	parents   []uplink.Parent
	off       atomic.Int64 // the device's clock less the true time, nanoseconds
	cancel    context.CancelFunc
	done      chan error
	turnsMu   sync.Mutex // guards turns, and parents while it runs
	turns     []uplink.Turn
}

// setParents is what is said of the hubs above from now on.
func (w *world) setParents(parents ...uplink.Parent) {
	w.turnsMu.Lock()
	defer w.turnsMu.Unlock()
	w.parents = parents
}

// told lists the turns since the last call.
func (w *world) told() []uplink.Turn {
	w.turnsMu.Lock()
	defer w.turnsMu.Unlock()
	turns := w.turns
	w.turns = nil
	return turns
}

func newWorld(t *testing.T) *world {
	found := streamstest.MustFound(t)
	clerk := found.MustJoin(t, found.Community)
	peer := func(unit change.UnitID, n byte) syncer.Peer {
		return syncer.Peer{Unit: unit, Device: change.DeviceOf([]byte{n})}
	}
	w := &world{near: &hub{who: peer(found.Street, 1), up: true}, far: &hub{who: peer(found.City, 2), up: true}, done: make(chan error, 1)}
	w.parents = []uplink.Parent{{Unit: found.Street, Address: "near"}, {Unit: found.City, Address: "far"}}
	wall := func() time.Time { return time.Now().Add(time.Duration(w.off.Load())).Round(0) } // a clock that is set jumps
	w.Uplink = uplink.New(uplink.Config{Own: clerk.Keys, Now: wall,
		Parents: func() []uplink.Parent {
			w.turnsMu.Lock()
			defer w.turnsMu.Unlock()
			return w.parents
		},
		Turned: func(t uplink.Turn) {
			w.turnsMu.Lock()
			defer w.turnsMu.Unlock()
			w.turns = append(w.turns, t)
		},
		Dial: func(address string) (uplink.Client, error) {
			switch address {
			case "near":
				return w.near, nil
			case "far":
				return w.far, nil
			}
			return nil, fault.New(fault.Invalid, "no address")
		},
		Link: func(other syncer.Peer) link.Config {
			return link.Config{Streams: clerk, Watch: idle{w.Heard}, Now: time.Now, Session: syncer.Config{Network: "n", Self: clerk.Config.Self, Other: other, Tree: found.Tree}}
		}})
	return w
}

func (w *world) run(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	go func() { w.done <- w.Run(ctx) }()
}

func (w *world) stop(t *testing.T) {
	t.Helper()
	w.cancel()
	if err := <-w.done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if w.Line().Connected {
		t.Error("says it is connected after it stopped")
	}
	after(time.Minute) // the hubs notice
}

// after lets time pass.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (w *world) wantParent(t *testing.T, address string) {
	t.Helper()
	if s := w.Line(); s.Parent.Address != address || s.Connected != (address != "") {
		t.Errorf("linked to %+v, want %q", s, address)
	}
}
