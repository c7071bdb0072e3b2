package follow_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/hub/follow"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
)

var errFull = fault.New(fault.Full, "no room")

// TestFailuresOfTheView: whatever becomes of the view, what arrives is judged; a
// view without room waits for it, a damaged one is rebuilt.
func TestFailuresOfTheView(t *testing.T) {
	for _, step := range []string{applying, resting, treeing, dropping} {
		for kind, resets := range map[fault.Kind]int{fault.Full: 0, fault.Damaged: 1} {
			if step == dropping && kind == fault.Damaged {
				continue // that ends it
			}
			t.Run(fmt.Sprint(step, " ", kind), func(t *testing.T) {
				kit.MustBubble(t, func(t *testing.T) { failing(t, step, kind, resets) })
			})
		}
	}
}

func failing(t *testing.T, step string, kind fault.Kind, resets int) {
	s := newScene(t)
	f, stop := s.steady(nil)
	s.say(10)
	synctest.Wait()
	failures := 1
	if kind == fault.Full {
		failures = 5
	}
	s.view.before = func(_ context.Context, name string) error {
		if name != step || failures == 0 {
			return nil
		}
		failures--
		return fault.New(kind, "made up")
	}
	news := 30
	switch step {
	case dropping:
		f.Rebuild()
		resets++
	case treeing:
		f.Retree(s.city.Members.Tree())
	case resting:
		s.view.unsettle()
		news = 1 // nothing else comes that would wake the view
	}
	s.say(news)
	synctest.Wait()
	s.wantJudged()
	if err := pause(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	s.wantAll()
	if failures != 0 || s.view.resets != resets {
		t.Errorf("%d failures are left and the view was rebuilt %d times, want %d", failures, s.view.resets, resets)
	}
	s.wantStopped(stop)
}

// TestDamagedAgain: a view that is damaged again before it got further is a fault
// that lies elsewhere, and the caller is told.
func TestDamagedAgain(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		_, stop := s.steady(nil)
		s.view.before = func(_ context.Context, step string) error {
			if step == applying {
				return fault.New(fault.Damaged, "made up")
			}
			return nil
		}
		s.say(1)
		synctest.Wait()
		if err := stop(); fault.Of(err) != fault.Damaged || s.view.resets != 1 {
			t.Errorf("got %v after %d rebuilds, want damaged after one", err, s.view.resets)
		}
	})
}

// TestNoRoomToJudge: the judge waits for room, and the view with it.
func TestNoRoomToJudge(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		full := true
		s.judge.before = func(context.Context) error {
			if full {
				return errFull
			}
			return nil
		}
		f := s.follower(nil)
		stop := s.run(f)
		s.say(10)
		synctest.Wait()
		if s.judge.cursor() != 0 || s.view.applied() != 0 {
			t.Errorf("the judge is at %d and the view at %d, want both to wait", s.judge.cursor(), s.view.applied())
		}
		full = false
		if err := f.AwaitJudged(t.Context()); err != nil {
			t.Error(err)
		}
		s.wantJudged()
		if err := f.AwaitApplied(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		s.wantAll()
		s.wantStopped(stop)
	})
}

// TestTheJudgeFails: what is not room ends it.
func TestTheJudgeFails(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		s.judge.before = func(context.Context) error { return fault.New(fault.Damaged, "made up") }
		if err := s.follower(nil).Run(t.Context()); fault.Of(err) != fault.Damaged {
			t.Errorf("got %v, want damaged", err)
		}
	})
}

// TestScarce: the view takes none of the room that is kept for the journal.
func TestScarce(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		var mu sync.Mutex // guards scarce
		var scarce error
		_, stop := s.steady(func(c *follow.Config) {
			c.Scarce = func() error {
				mu.Lock()
				defer mu.Unlock()
				return scarce
			}
		})
		set := func(err error) {
			mu.Lock()
			defer mu.Unlock()
			scarce = err
		}
		before := s.view.applied()
		set(errFull)
		s.say(60)
		synctest.Wait()
		s.wantJudged()
		if at := s.view.applied(); at != before {
			t.Errorf("the view is at %d, want it to wait at %d", at, before)
		}
		set(nil)
		if err := pause(t.Context(), 2*time.Second); err != nil {
			t.Fatal(err)
		}
		s.wantAll()
		s.wantStopped(stop)
	})
}
