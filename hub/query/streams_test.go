package query_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"tongbu/hub/query"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

var streamLimits = query.Limits{Places: 2, Share: 1, Each: 1, Own: 2, Waiting: 4}

// silent is a reader that reads nothing.
func silent(ctx context.Context, _ question.Part) error {
	<-ctx.Done()
	return fault.Wrap("answer", ctx.Err())
}

func reading(context.Context, question.Part) error { return nil }

// held is an answer that goes on until its context ends.
func held(ctx context.Context, _ question.Tell) error {
	<-ctx.Done()
	return fault.Wrap("read", ctx.Err())
}

// TestStreamsEnd: an answer that nobody reads, or that takes too long, gives its
// moment of the view back, and says why.
func TestStreamsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		tell  question.Tell
		fn    func(context.Context, question.Tell) error
		after time.Duration
		want  fault.Kind
	}{
		"nobody reads": {silent, func(ctx context.Context, tell question.Tell) error { return tell(ctx, question.Part{}) }, query.UnreadTime, fault.Exhausted},
		"nobody reads the second part": {func() question.Tell {
			told := 0
			return func(ctx context.Context, p question.Part) error {
				if told++; told == 2 {
					return silent(ctx, p)
				}
				return nil
			}
		}(), func(ctx context.Context, tell question.Tell) error {
			for {
				<-time.After(50 * time.Second) // the view works
				if err := tell(ctx, question.Part{}); err != nil {
					return err
				}
			}
		}, 100*time.Second + query.UnreadTime, fault.Exhausted},
		"it takes long": {reading, held, query.StreamTime, fault.Exhausted},
		"slow, and read in time": {func(ctx context.Context, _ question.Part) error {
			<-time.After(query.UnreadTime - time.Second)
			return ctx.Err()
		}, func(ctx context.Context, tell question.Tell) error {
			for range 5 {
				if err := tell(ctx, question.Part{}); err != nil {
					return err
				}
			}
			return nil
		}, 5 * (query.UnreadTime - time.Second), fault.OK},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, start := query.NewStreams(streamLimits), time.Now()
				err := s.Do(t.Context(), alone("a"), test.tell, test.fn)
				if got := fault.Of(err); got != test.want || time.Since(start) != test.after {
					t.Errorf("got %v (%v) after %v, want %v after %v", got, err, time.Since(start), test.want, test.after)
				}
				if err := s.Do(t.Context(), alone("a"), reading, func(context.Context, question.Tell) error { return nil }); err != nil {
					t.Errorf("its place is not free again: %v", err)
				}
			})
		})
	}
}

// TestTwoStreams: two at once, one of a device or a child, both for the hub itself; the
// next waits for half a minute.
func TestTwoStreams(t *testing.T) {
	own := query.Origin{Child: "hub", Device: "hub", Own: true}
	for name, test := range map[string]struct {
		first, second, third query.Origin
		runs                 bool // the second does
	}{
		"two of a device":        {alone("a"), alone("a"), alone("b"), false},
		"two behind a child":     {behind("h", "a"), behind("h", "b"), alone("b"), false},
		"two devices, a third":   {alone("a"), alone("b"), alone("c"), true},
		"the hub's own, a third": {own, own, alone("c"), true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := query.NewStreams(streamLimits)
				ctx, cancel := context.WithCancel(t.Context())
				running := 0
				begin := func(from query.Origin) chan error {
					ended := make(chan error, 1)
					go func() {
						ended <- s.Do(ctx, from, reading, func(ctx context.Context, tell question.Tell) error {
							running++
							return held(ctx, tell)
						})
					}()
					synctest.Wait()
					return ended
				}
				first, second := begin(test.first), begin(test.second)
				if got := running == 2; got != test.runs {
					t.Errorf("the second runs: %v", got)
				}
				third := begin(test.third)
				if running != 2 {
					t.Errorf("%d run, want 2", running)
				}
				start := time.Now()
				waits := third
				if !test.runs {
					waits = second
				}
				if err := <-waits; fault.Of(err) != fault.Exhausted || time.Since(start) != query.StreamWait {
					t.Errorf("got %v after %v, want exhausted after %v", err, time.Since(start), query.StreamWait)
				}
				cancel()
				if err := <-first; err == nil {
					t.Error("the first has ended by itself")
				}
			})
		})
	}
}
