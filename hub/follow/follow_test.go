package follow_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/hub/follow"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
)

// TestWithoutAJudge: the view follows the journal, and AwaitJudged waits for
// nothing.
func TestWithoutAJudge(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		s.view.judge = nil
		f := s.follower(func(c *follow.Config) { c.Judge = nil })
		stop := s.run(f)
		s.say(20)
		if err := errors.Join(f.AwaitJudged(t.Context()), f.AwaitApplied(t.Context())); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if _, changes := s.journal(); len(s.view.held) != len(changes) {
			t.Errorf("the view holds %d changes, want %d", len(s.view.held), len(changes))
		}
		s.wantStopped(stop)
	})
}

// TestAheadOfTheJournal: the view followed a journal that is no more.
func TestAheadOfTheJournal(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		s.view.at = 1 << 20
		_, stop := s.steady(nil)
		if s.view.resets != 1 {
			t.Errorf("the view was rebuilt %d times, want once", s.view.resets)
		}
		s.wantStopped(stop)
	})
}

// TestOrders: a tree and a rebuild that were ordered while nobody ran are done by
// the next who steps the view.
func TestOrders(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		f := s.follower(nil)
		s.say(5)
		if err := errors.Join(f.AwaitJudged(t.Context()), f.AwaitApplied(t.Context())); err != nil {
			t.Fatal(err)
		}
		s.wantAll()
		f.Retree(s.city.Members.Tree())
		f.Rebuild()
		if err := f.AwaitApplied(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.wantAll()
		if s.view.tree != s.city.Members.Tree() || s.view.resets != 1 {
			t.Errorf("tree %v, %d rebuilds; want the tree and one", s.view.tree, s.view.resets)
		}
	})
}

// TestAnotherSchema: the view is given it before its next step; tables that were made
// again are filled from the journal.
func TestAnotherSchema(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		f, stop := s.steady(nil)
		s.say(5)
		synctest.Wait()
		s.wantAll()
		next := s.city.Schema.Now()
		f.Reshape(next)
		synctest.Wait()
		s.wantAll()
		if s.view.schema != next || s.view.resets != 1 {
			t.Errorf("%d rebuilds, want one and the schema", s.view.resets)
		}
		s.wantStopped(stop)
	})
}

// TestOrdersInBetween: what is ordered while another order is done stands.
func TestOrdersInBetween(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		f, stop := s.steady(nil)
		g := s.hold(treeing)
		f.Retree(s.city.Members.Tree())
		synctest.Wait()
		f.Rebuild()
		g.open()
		synctest.Wait()
		s.wantAll()
		if s.view.resets != 1 {
			t.Errorf("%d rebuilds, want one", s.view.resets)
		}
		s.wantStopped(stop)
	})
}

// TestAwaitAppliedGivesUp: a view that stands still is told, and so is the end
// of the one who waits.
func TestAwaitAppliedGivesUp(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		f, stop := s.steady(nil)
		g := s.hold(applying)
		s.say(1)
		if err := f.AwaitApplied(t.Context()); fault.Of(err) != fault.Damaged {
			t.Errorf("got %v, want damaged: it stands still", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := f.AwaitApplied(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the context", err)
		}
		g.open()
		s.wantStopped(stop)
	})
}

// TestOneWorksAtATime: whoever waits works while nobody runs, and leaves it to
// Run when that begins.
func TestOneWorksAtATime(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		s.view.judge = nil // while nobody runs, the view does not wait for a verdict
		s.say(30)
		s.judge.before = func(ctx context.Context) error { return pause(ctx, time.Millisecond) }
		s.view.before = func(ctx context.Context, _ string) error { return pause(ctx, time.Millisecond) }
		for range 5 {
			f := s.follower(nil)
			f.Rebuild()
			var waiters sync.WaitGroup
			for range 3 {
				waiters.Go(func() {
					if err := errors.Join(f.AwaitApplied(t.Context()), f.AwaitJudged(t.Context())); err != nil {
						t.Error(err)
					}
				})
			}
			if err := pause(t.Context(), 3*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			stop := s.run(f)
			s.say(3)
			waiters.Wait()
			if err := f.AwaitApplied(t.Context()); err != nil {
				t.Error(err)
			}
			s.wantStopped(stop)
		}
	})
}

// TestRunNeedNotWait: whoever brings the view up to the journal in Run's place
// does not keep the judge from its work, which goes on as fast as such a view.
func TestRunNeedNotWait(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		s.view.judge = nil
		s.say(60)
		s.view.before = func(ctx context.Context, _ string) error { return pause(ctx, time.Second) }
		f := s.follower(nil)
		waited := make(chan error, 1)
		go func() { waited <- f.AwaitApplied(t.Context()) }()
		if err := pause(t.Context(), 1500*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		stop := s.run(f)
		if err := pause(t.Context(), 2*time.Second); err != nil {
			t.Fatal(err)
		}
		if s.judge.mu.Lock(); len(s.judge.judged) == 0 {
			t.Error("nothing is judged while the view is at work")
		}
		s.judge.mu.Unlock()
		if err := <-waited; err != nil {
			t.Error(err)
		}
		s.wantJudged()
		s.wantStopped(stop)
	})
}

// TestBehindAtTheStart: a view that is behind makes its indexes once, when it has
// come to the end.
func TestBehindAtTheStart(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		s.say(30)
		if err := s.follower(nil).AwaitJudged(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.judge.slow = time.Millisecond
		stop := s.run(s.follower(nil))
		if err := pause(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		s.wantAll()
		if s.view.settles != 1 {
			t.Errorf("the indexes were made %d times, want once", s.view.settles)
		}
		s.wantStopped(stop)
	})
}
