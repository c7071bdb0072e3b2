package follow_test

import (
	"context"
	"errors"
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

// TestOpenedOnce: while the view keeps up it applies what was opened for the
// judge, and opens nothing itself.
func TestOpenedOnce(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		_, stop := s.steady(nil)
		s.say(60) // from here on 20 more are no reason to drop the indexes
		synctest.Wait()
		before := s.view.own
		for range 3 {
			g := s.hold(applying) // what arrives meanwhile comes in portions
			s.say(20)
			synctest.Wait()
			g.open()
			synctest.Wait()
		}
		s.wantAll()
		if s.view.own != before {
			t.Errorf("%d changes were opened once more for the view", s.view.own-before)
		}
		s.wantStopped(stop)
	})
}

// TestBackPressure: a view that is slow and applying holds the judge up, so that
// no more than a bound waits for it.
func TestBackPressure(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		f, stop := s.steady(nil)
		g := s.hold(applying)
		before := s.judge.cursor()
		s.say(60)
		synctest.Wait()
		if n := f.Waiting(); n < follow.AppliedAtOnce || n >= follow.AppliedAtOnce+follow.JudgedAtOnce {
			t.Errorf("%d changes wait for the view, want %d and less than a portion more", n, follow.AppliedAtOnce)
		}
		// One portion is applied, one is read ahead, some wait, one has just been judged.
		judged := int(s.judge.cursor() - before)
		if most := 3*follow.AppliedAtOnce + 2*follow.JudgedAtOnce; judged > most || judged < follow.AppliedAtOnce {
			t.Errorf("%d changes are judged while the view stands, want at most %d", judged, most)
		}
		g.open()
		synctest.Wait()
		s.wantAll()
		if n := f.Waiting(); n != 0 {
			t.Errorf("%d changes wait in the end", n)
		}
		s.wantStopped(stop)
	})
}

// TestUnreadableBatchesWait: batches that hold no changes are bounded too.
func TestUnreadableBatchesWait(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		f, stop := s.steady(nil)
		g := s.hold(applying)
		s.say(1)
		for range 60 {
			s.clerk.MustSayRaw(t, s.city, kit.First, []byte("no change"))
		}
		synctest.Wait()
		if n := f.Waiting(); n < follow.AppliedAtOnce || n >= follow.AppliedAtOnce+follow.JudgedAtOnce {
			t.Errorf("%d batches wait for the view, want %d and less than a portion more", n, follow.AppliedAtOnce)
		}
		g.open()
		synctest.Wait()
		s.wantAll()
		s.wantStopped(stop)
	})
}

// TestTheJudgeGoesOn: a view at long work holds nobody up, and catches up after
// it.
func TestTheJudgeGoesOn(t *testing.T) {
	for name, test := range map[string]struct {
		step  string
		begin func(*scene, *follow.Follower)
	}{
		"a rebuild": {dropping, func(_ *scene, f *follow.Follower) { f.Rebuild() }},
		"a rebuild of a damaged view": {dropping, func(s *scene, _ *follow.Follower) {
			s.view.spoilt = true
			s.say(1)
		}},
		"another tree": {treeing, func(s *scene, f *follow.Follower) { f.Retree(s.city.Members.Tree()) }},
		"indexes": {resting, func(s *scene, _ *follow.Follower) {
			s.view.unsettle()
			s.say(1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			kit.MustBubble(t, func(t *testing.T) {
				s := newScene(t)
				f, stop := s.steady(nil)
				g := s.hold(test.step)
				test.begin(s, f)
				synctest.Wait()
				s.say(60)
				synctest.Wait()
				s.wantJudged()
				if n := f.Waiting(); n != 0 {
					t.Errorf("%d changes wait for a view that does not want them", n)
				}
				g.open()
				synctest.Wait()
				s.wantAll()
				own := s.view.own
				s.say(20)
				synctest.Wait()
				if s.view.own != own {
					t.Errorf("the view has caught up and opened %d changes once more", s.view.own-own)
				}
				s.wantStopped(stop)
			})
		})
	}
}

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
// does not keep the judge from its work.
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
		s.wantJudged()
		if err := <-waited; err != nil {
			t.Error(err)
		}
		s.wantStopped(stop)
	})
}

// TestBehindAtTheStart: a view that is behind makes its indexes once, when it has
// come to the end.
func TestBehindAtTheStart(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		s.say(30)
		f := s.follower(nil)
		if err := f.AwaitJudged(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.judge.slow = time.Millisecond
		stop := s.run(f)
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
