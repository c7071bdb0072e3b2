package follow_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"tongbu/hub/follow"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
)

// stress are lives of a follower in which all that may happen does: batches
// arrive, judge and view are slow, have no room or are damaged, orders are given,
// somebody waits, and the process ends at any moment.
type stress struct {
	*scene
	mu      sync.Mutex // guards all below
	rng     *rand.Rand
	calm    bool // nothing fails any more
	damaged uint64
}

const (
	stressRuns  = 8
	stressLives = 3
)

// TestStress: nobody waits for ever, the view never passes the judge, and in the
// end each arrival has been judged once and applied in order.
func TestStress(t *testing.T) {
	for seed := range uint64(stressRuns) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			kit.MustBubble(t, func(t *testing.T) {
				s := &stress{scene: newScene(t), rng: rand.New(rand.NewPCG(seed, 1))}
				s.judge.before = s.judging
				s.view.before = s.viewing
				s.lives()
			})
		})
	}
}

func (s *stress) lives() {
	f := s.follower(s.configure)
	for range stressLives {
		if s.roll(2) == 0 {
			f = s.follower(s.configure) // another process
		}
		stop := s.run(f)
		ctx, cancel := context.WithCancel(s.Context())
		var others sync.WaitGroup
		for range 2 {
			others.Go(func() { s.await(ctx, f) })
		}
		others.Go(func() { s.order(ctx, f) })
		s.speak(15)
		s.watch(f)
		s.wantStopped(stop)
		cancel()
		others.Wait()
	}
	s.finish(f)
}

// finish has the last life come to its end in peace.
func (s *stress) finish(f *follow.Follower) {
	s.mu.Lock()
	s.calm = true
	s.mu.Unlock()
	stop := s.run(f)
	s.speak(10)
	if err := f.AwaitApplied(s.Context()); err != nil {
		s.Fatal(err)
	}
	_ = pause(s.Context(), time.Minute) // an order may still be done
	s.wantAll()
	s.watch(f)
	s.wantStopped(stop)
}

func (s *stress) configure(c *follow.Config) {
	c.Scarce = func() error {
		if s.fails(20) {
			return errFull
		}
		return nil
	}
}

func (s *stress) roll(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.IntN(n)
}

// fails reports whether one in n goes wrong.
func (s *stress) fails(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.calm && s.rng.IntN(n) == 0
}

func (s *stress) speak(batches int) {
	for range batches {
		if s.roll(6) == 0 {
			s.clerk.MustSayRaw(s.T, s.city, kit.First, []byte("no change"))
		} else {
			s.sayBatch(1 + s.roll(12)) // some are larger than a portion
		}
		if s.roll(3) > 0 {
			_ = pause(s.Context(), s.while(40))
		}
	}
}

func (s *stress) while(most int) time.Duration {
	return time.Duration(s.roll(most)) * time.Millisecond
}

func (s *stress) judging(ctx context.Context) error {
	if s.fails(12) {
		return errFull
	}
	if s.roll(2) == 0 {
		return nil
	}
	return pause(ctx, s.while(30))
}

func (s *stress) viewing(ctx context.Context, step string) error {
	if s.fails(12) {
		return errFull
	}
	if step != dropping && s.fails(12) && s.damages() {
		return fault.New(fault.Damaged, "made up")
	}
	most := 60
	if step == dropping || step == resting {
		most = 2000
	}
	if s.roll(2) == 0 {
		return nil
	}
	return pause(ctx, s.while(most))
}

// damages reports whether the view has got further than where it was damaged last:
// else it is not rebuilt once more.
func (s *stress) damages() bool {
	at := s.view.applied() + 1
	s.mu.Lock()
	defer s.mu.Unlock()
	if at <= s.damaged {
		return false
	}
	s.damaged = at
	return true
}

// await waits for the follower again and again.
func (s *stress) await(ctx context.Context, f *follow.Follower) {
	for pause(ctx, s.while(200)) == nil {
		limited, cancel := context.WithTimeout(ctx, time.Second)
		_ = f.AwaitJudged(limited) // it may fail as the parts do
		cancel()
		s.watch(f)
	}
}

// order gives the orders of the city's news.
func (s *stress) order(ctx context.Context, f *follow.Follower) {
	for pause(ctx, s.while(500)) == nil {
		if s.roll(2) == 0 {
			f.Rebuild()
		} else {
			f.Retree(s.city.Members.Tree())
		}
	}
}

// watch: what waits for the view is bounded.
func (s *stress) watch(f *follow.Follower) {
	const largest = 12
	if n := f.Waiting(); n >= follow.AppliedAtOnce+largest {
		s.Errorf("%d changes wait for the view", n)
	}
}
