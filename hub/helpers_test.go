package hub_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"tongbu/hub"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/node/socket"
)

// town is a city with its hub.
type town struct {
	*kit.Town
	t    testing.TB
	city *hub.Hub
}

func newTown(t testing.TB) *town {
	t.Helper()
	w := &town{Town: kit.MustTown(t), t: t}
	w.city = w.open(w.MustCity(t), true)
	return w
}

// open makes a hub of a station; the test closes it.
func (w *town) open(s *replica.Replica, withView bool) *hub.Hub {
	w.t.Helper()
	var engine hub.OpenView
	if withView {
		engine = kit.OpenView
	}
	h, err := hub.Open(w.t.Context(), s, engine)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = h.Close() }) // a test may have closed it
	return h
}

// hub joins and opens a hub of the unit that knows the tree.
func (w *town) hub(unit tree.Unit, withView bool) (h *hub.Hub, dir string) {
	w.t.Helper()
	dir = w.MustJoin(w.t, unit)
	s := w.MustOpen(w.t, dir)
	w.MustCarry(w.t, w.city.Replica, s)
	return w.open(s, withView), dir
}

// call asks what the command line asks.
func call[T any](h *hub.Hub, method, path string, in any) (answer T, err error) {
	err = socket.Direct(h.Handler(), func() {}).JSON(context.Background(), method, path, in, &answer)
	return answer, err
}

func mustCall[T any](w *town, h *hub.Hub, method, path string, in any) T {
	w.t.Helper()
	answer, err := call[T](h, method, path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer
}

// ask has the hub's own unit ask.
func (w *town) ask(h *hub.Hub, q question.Question) *question.Answer {
	w.t.Helper()
	return mustCall[*question.Answer](w, h, http.MethodPost, "/query", q)
}

// verify brings the view up to the journal, too.
func (w *town) verify(h *hub.Hub) *operate.Verified {
	w.t.Helper()
	return mustCall[*operate.Verified](w, h, http.MethodGet, "/verify", nil)
}

func (w *town) wantSound(h *hub.Hub) *operate.Verified {
	w.t.Helper()
	v := w.verify(h)
	if !v.OK {
		w.t.Errorf("got %v, want no problems", v.Problems)
	}
	return v
}

func (w *town) status(h *hub.Hub) *operate.Status {
	w.t.Helper()
	return mustCall[*operate.Status](w, h, http.MethodGet, "/status", nil)
}

// run serves the hub until the test ends.
func (w *town) run(t *testing.T, h *hub.Hub) {
	t.Helper()
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx, hub.Listeners{Links: listen(), Web: listen(), Door: listen()}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// await asks again until it holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(20 * time.Second); !holds(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: not after 20 s", what)
		}
	}
}

func person(id change.RecordID, name string) *change.Change {
	return &change.Change{Kind: "person", Record: id, Fields: map[string]change.Value{"name": change.Text(name), "unit": change.Text(string(kit.First.ID))}, At: 1}
}

// people are so many persons, named by number from n on.
func people(n, count int) []*change.Change {
	all := make([]*change.Change, count)
	for i := range all {
		all[i] = person(change.RecordID("p-"+string(rune('a'+(n+i)/26))+string(rune('a'+(n+i)%26))), "甲")
	}
	return all
}

func member(s *kit.Forger) identity.Member {
	return identity.Member{Unit: s.Unit.ID, Device: s.Stream(s.Unit).Device}
}

func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if got := fault.Of(err); got != want {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
}
