package replica_test

import (
	"context"
	"errors"
	"testing"

	"tongbu/internal/fault"
	"tongbu/node/replica"
)

// waits until it is ended, and fails then.
func waits(ended *bool, err error) replica.Task {
	return func(ctx context.Context) error {
		<-ctx.Done()
		*ended = true
		return err
	}
}

func TestTogether(t *testing.T) {
	broken, late := fault.New(fault.Damaged, "broken"), fault.New(fault.Full, "late")
	fails := func(err error) replica.Task { return func(context.Context) error { return err } }
	stop := fault.Wrap("work", context.Canceled)
	tests := map[string]struct {
		task    replica.Task
		other   error // of the task that waits
		stopped bool  // the context has ended before
		want    error
	}{
		"a failure ends the others":       {task: fails(broken), want: broken},
		"the first failure is told":       {task: fails(broken), other: late, want: broken},
		"to be stopped is none":           {task: fails(nil), other: stop, stopped: true},
		"a failure on the way out is one": {task: fails(nil), other: late, stopped: true, want: late},
		"stopped without being asked to":  {task: fails(stop), want: stop},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.stopped {
				cancel()
			}
			ended := false
			err := replica.Together(ctx, test.task, waits(&ended, test.other))
			if !errors.Is(err, test.want) || (test.want == nil) != (err == nil) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if !ended {
				t.Error("a task was not joined")
			}
		})
	}
	if err := replica.Together(t.Context()); err != nil {
		t.Errorf("no tasks: got %v", err)
	}
}
