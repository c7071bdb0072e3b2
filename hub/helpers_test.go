package hub_test

import (
	"context"
	"net"
	"testing"

	"tongbu/hub"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/operate"
	"tongbu/node/replica"
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

// open makes a hub of a replica; the test closes it.
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

// ask has the hub's own unit ask.
func (w *town) ask(h *hub.Hub, q question.Question) *question.Answer {
	w.t.Helper()
	a, err := h.Ask(w.t.Context(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// verify brings the view up to the journal, too.
func (w *town) verify(h *hub.Hub) *operate.Verified {
	w.t.Helper()
	v, err := h.Operate.Verify(w.t.Context(), operate.Checked{})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
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
	st, err := h.Operate.Status(w.t.Context(), false)
	if err != nil {
		w.t.Fatal(err)
	}
	return st
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
