package query_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

var limits = query.Limits{Places: 3, Share: 2, Each: 1, Waiting: 8}

func alone(name string) query.Origin {
	return query.Origin{Child: change.DeviceID(name), Device: change.DeviceID(name)}
}

func behind(hub, name string) query.Origin {
	return query.Origin{Child: change.DeviceID(hub), Device: change.DeviceID(name), Hub: true}
}

// floor runs questions that hold their places until they are let go.
type floor struct {
	*query.Turns
	t       *testing.T
	release chan struct{}

	mu    sync.Mutex           // guards what follows, while the bubble is busy
	held  map[query.Origin]int // questions that run
	ended map[fault.Kind]int
}

func newFloor(t *testing.T) *floor {
	return &floor{Turns: query.NewTurns(limits), t: t, held: map[query.Origin]int{}, ended: map[fault.Kind]int{}, release: make(chan struct{})}
}

func (f *floor) add(from query.Origin, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[from] += n
}

func (f *floor) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended[fault.Of(err)]++
}

func (f *floor) count(kind fault.Kind) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended[kind]
}

// ask begins so many questions, which hold their places until released or their
// time is over. Whoever calls it is in a bubble.
func (f *floor) ask(ctx context.Context, from query.Origin, n int, limit time.Duration) {
	for range n {
		go func() {
			err := f.Do(ctx, from, limit, func(ctx context.Context) error {
				f.add(from, 1)
				defer f.add(from, -1)
				select {
				case <-f.release:
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
			f.end(err)
		}()
		synctest.Wait()
	}
}

// quick asks one question that takes no time, and reports whether it is answered
// before any time has passed.
func (f *floor) quick(from query.Origin) bool {
	f.t.Helper()
	begun := time.Now()
	err := f.Do(f.t.Context(), from, time.Minute, func(context.Context) error { return nil })
	return err == nil && time.Now().Equal(begun)
}

// TestShares: a device holds one place, a hub two, however much they ask, and
// another's question runs meanwhile.
func TestShares(t *testing.T) {
	for name, flood := range map[string][]query.Origin{
		"one device":              {alone("bad")},
		"a hub with many devices": {behind("hub", "a"), behind("hub", "b"), behind("hub", "c")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFloor(t)
				ctx, cancel := context.WithCancel(t.Context())
				for _, from := range flood {
					f.ask(ctx, from, 60, time.Minute)
				}
				running := 0
				for _, n := range f.held {
					running += n
				}
				if most := min(len(flood), limits.Share); running != most || !f.quick(alone("good")) {
					t.Errorf("%d questions run, want %d, and another's besides", running, most)
				}
				if refused := f.count(fault.Exhausted); refused == 0 {
					t.Error("all 60 questions wait")
				}
				cancel()
				synctest.Wait()
			})
		})
	}
}

// TestOwnQuestionsWait: somebody at the hub itself may have any number wait, and
// leaves a place to others all the same.
func TestOwnQuestionsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFloor(t)
		ctx, cancel := context.WithCancel(t.Context())
		own := query.Origin{Child: "self", Device: "self", Own: true}
		f.ask(ctx, own, 60, time.Minute)
		if n := f.held[own]; n != limits.Share || f.count(fault.Exhausted) != 0 || !f.quick(alone("good")) {
			t.Errorf("%d questions run, %d are refused", n, f.count(fault.Exhausted))
		}
		cancel()
		synctest.Wait()
	})
}

// TestNextIsWhoWasServedLongestAgo: when all places are taken by devices that
// flood the hub, the next one is given to a device that has not asked before,
// whatever waits; and behind one hub likewise.
func TestNextIsWhoWasServedLongestAgo(t *testing.T) {
	for name, of := range map[string]func(string) query.Origin{"devices": alone, "behind a hub": func(name string) query.Origin { return behind("hub", name) }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFloor(t)
				ctx, cancel := context.WithCancel(t.Context())
				for i := range 6 {
					f.ask(ctx, of(fmt.Sprint("bad ", i)), 8, time.Minute)
				}
				for range 6 { // each of them is served once
					f.release <- struct{}{}
					synctest.Wait()
				}
				answered := make(chan struct{})
				go func() {
					f.quick(of("good"))
					close(answered)
				}()
				synctest.Wait()
				before := f.count(fault.OK)
				f.release <- struct{}{} // one place
				<-answered
				if served := f.count(fault.OK) - before; served > 1 {
					t.Errorf("%d of the flood's questions were answered first", served)
				}
				cancel()
				synctest.Wait()
			})
		})
	}
}

// TestTimes: a question that runs too long ends and gives its place back, as
// does one that is given up, and one that waits too long.
func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFloor(t)
		f.ask(t.Context(), alone("bad"), 1, 4*time.Second) // runs
		f.ask(t.Context(), alone("bad"), 1, time.Second)   // waits too long
		<-time.After(2 * time.Second)
		synctest.Wait()
		want(t, f.count(fault.Exhausted), 1)
		<-time.After(3 * time.Second)
		synctest.Wait()
		want(t, f.count(fault.Exhausted), 2)
		ctx, cancel := context.WithCancel(t.Context())
		f.ask(ctx, alone("bad"), 2, time.Minute)
		cancel()
		synctest.Wait()
		want(t, f.count(fault.Canceled), 2)
		if !f.quick(alone("bad")) {
			t.Error("a place is not given back")
		}
	})
}
