package account_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/internal/test/kit"
	"tongbu/node/account"
	"tongbu/node/replica"
)

// night is a moment at which something was done.
type night struct {
	over, today string
	at          time.Time
}

// mustRun runs a Nightly at a directory of the bubble's time that is off by an offset,
// which the test may change, and gives what it does.
func mustRun(t *testing.T, every time.Duration, offset *atomic.Int64) <-chan night {
	t.Helper()
	town := kit.MustTown(t)
	c := town.Config(t, town.MustJoin(t, kit.First))
	c.Now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	at, err := replica.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	done, ended := make(chan night, 10), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	n := account.Nightly{At: at, Every: every, Do: func(_ context.Context, over, today string) error {
		done <- night{over, today, time.Now()}
		return nil
	}}
	go func() { ended <- n.Run(ctx) }()
	synctest.Wait()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = at.Close()
	})
	return done
}

// TestTurnIsSeen: the turn of the day is seen within the time that it may be late, each
// day once, and within a minute where a clock was set.
func TestTurnIsSeen(t *testing.T) {
	for _, every := range []time.Duration{time.Second, 0} {
		kit.MustBubble(t, func(t *testing.T) { // begins at eight in the morning, in Shanghai
			late := every
			if late == 0 {
				late = time.Minute
			}
			var offset atomic.Int64
			done := mustRun(t, every, &offset)
			turn := time.Now().Add(16 * time.Hour)
			for range 2 {
				got := <-done
				if got.at.Before(turn) || got.at.After(turn.Add(late)) {
					t.Errorf("it was done at %v, %v after the turn, want within %v", got.at, got.at.Sub(turn), late)
				}
				if got.over >= got.today {
					t.Errorf("%s is over, and it is %s", got.over, got.today)
				}
				turn = turn.Add(24 * time.Hour)
			}
			set := time.Now().Add(time.Hour)
			time.AfterFunc(time.Hour, func() { offset.Store(int64(24 * time.Hour)) })
			if got := <-done; got.at.Sub(set) > time.Minute {
				t.Errorf("it was done %v after the clock was set, want within a minute", got.at.Sub(set))
			}
		})
	}
}
