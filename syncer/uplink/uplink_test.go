package uplink_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/syncer/uplink"
)

func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.run(t)
		after(0)
		w.wantParent(t, "near")
		after(time.Hour)
		if n := len(w.near.tried()); n != 1 {
			t.Errorf("the nearest was called %d times, want once", n)
		}
		w.near.set(false, nil)
		after(time.Second)
		w.wantParent(t, "far")
		after(10 * time.Minute)
		w.wantParent(t, "far")
		w.near.set(true, nil)
		after(31 * time.Second)
		w.wantParent(t, "near")
		w.stop(t)
	})
}

// TestBackoff: all are down for an hour.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.near.set(false, nil)
		w.far.set(false, nil)
		w.run(t)
		after(time.Hour)
		calls := w.near.tried()
		gaps := map[time.Duration]bool{}
		for i := 1; i < len(calls); i++ {
			gap := calls[i].Sub(calls[i-1])
			gaps[gap] = true
			if gap < 100*time.Millisecond || gap > 4*time.Second || i > 10 && gap < 2*time.Second {
				t.Errorf("pause %d is %v", i, gap)
			}
		}
		if len(calls) < 100 || len(gaps) < len(calls)/2 {
			t.Errorf("%d calls with %d different pauses", len(calls), len(gaps))
		}
		w.near.set(true, nil)
		after(5 * time.Second)
		w.wantParent(t, "near")
		w.stop(t)
	})
}

// TestRefusingHubs: a hub that answers and ends each link, whatever it says,
// is not called without pauses.
func TestRefusingHubs(t *testing.T) {
	reasons := map[string]func() error{
		"denied":   func() error { return fault.New(fault.Denied, "revoked") },
		"full":     func() error { return fault.New(fault.Full, "no room") },
		"canceled": func() error { return fault.New(fault.Canceled, "opened again") },
		"nothing":  func() error { return nil },
	}
	for name, reason := range reasons {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.near.set(true, reason)
				w.far.set(true, reason)
				w.run(t)
				after(time.Hour)
				if n := len(w.near.tried()); n < 50 || n > 300 {
					t.Errorf("%d calls in an hour", n)
				}
				if w.Line().Err == nil {
					t.Error("nobody is told why")
				}
				w.stop(t)
			})
		})
	}
}

// TestDyingHubs: hubs that take links and die under them have refused nobody.
// However often they did, they are called within seconds.
func TestDyingHubs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		died := func() error { return fault.New(fault.Unavailable, "the line is cut") }
		w.near.set(true, died)
		w.far.set(true, died)
		w.run(t)
		after(10 * time.Minute)
		w.near.set(true, nil)
		after(5 * time.Second)
		w.wantParent(t, "near")
		w.stop(t)
	})
}

// TestRefusedByTheNearest: the link to another hub is not given up again and
// again for one that refuses.
func TestRefusedByTheNearest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.near.set(true, func() error { return fault.New(fault.Denied, "revoked") })
		w.run(t)
		after(time.Hour)
		w.wantParent(t, "far")
		if n := len(w.far.tried()); n > 15 {
			t.Errorf("linked %d times in an hour", n)
		}
		w.near.set(true, nil)
		after(10 * time.Minute)
		w.wantParent(t, "near")
		w.stop(t)
	})
}

// TestClockSetBack: a hub that refused while the clock here was years ahead is
// looked for again when the clock has been set back, and a link that the clock was
// set back under has lasted.
func TestClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		const tenYears = 10 * 365 * 24 * time.Hour
		w.off.Store(int64(tenYears))
		w.near.set(true, func() error { return fault.New(fault.Denied, "expired") })
		w.run(t)
		after(time.Hour)
		w.wantParent(t, "far")
		w.off.Store(0)
		w.near.set(true, nil)
		after(10 * time.Minute)
		w.wantParent(t, "near")
		w.stop(t)
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.run(t)
		after(time.Hour)
		w.wantParent(t, "near")
		w.off.Store(-int64(24 * time.Hour))
		w.near.cut()
		after(time.Second)
		if calls := w.far.tried(); len(calls) > 0 {
			t.Errorf("the hub beyond was called at %v", calls)
		}
		w.wantParent(t, "near")
		w.stop(t)
	})
}

func TestQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		answer := func(context.Context) (*question.Answer, error) { return named("answer"), nil }
		w.near.ask, w.far.ask = answer, answer
		if _, err := w.Query(t.Context(), question.Question{}); fault.Of(err) != fault.Unavailable || fault.Hint(err) == "" {
			t.Errorf("before the first link: %v", err)
		}
		w.run(t)
		after(time.Second)
		if got, err := w.Query(t.Context(), question.Question{}); tokenOf(got) != "answer" || err != nil {
			t.Errorf("got %+v, %v", got, err)
		}
		w.near.ask = func(context.Context) (*question.Answer, error) { return nil, fault.New(fault.Canceled, "closing") }
		if _, err := w.Query(t.Context(), question.Question{}); fault.Of(err) != fault.Unavailable {
			t.Errorf("the line ends under the question: %v, want unavailable", err)
		}
		w.near.set(false, nil)
		w.far.set(false, nil)
		after(time.Second)
		if _, err := w.Query(t.Context(), question.Question{}); fault.Of(err) != fault.Unavailable {
			t.Errorf("while all is down: %v", err)
		}
		w.stop(t)
	})
}

func TestNobodyToCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		parents := w.parents
		w.parents = nil
		w.run(t)
		after(time.Minute)
		if got := fault.Of(w.Line().Err); got != fault.Unavailable {
			t.Errorf("no hub is known: %v", got)
		}
		w.stop(t)
		w.parents = append([]uplink.Parent{{Address: "nonsense"}}, parents...)
		w.run(t)
		after(time.Minute)
		w.wantParent(t, "near")
		w.stop(t)
	})
}

// TestExpired: without a valid certificate of its own a device calls nobody.
func TestExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		after(365 * 24 * time.Hour)
		w.run(t)
		after(time.Minute)
		if got := fault.Of(w.Line().Err); got != fault.Denied || len(w.near.tried()) > 0 {
			t.Errorf("got %v and %d calls", got, len(w.near.tried()))
		}
		w.stop(t)
	})
}
