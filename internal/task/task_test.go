package task_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/task"
)

// waits until it is ended, and fails then.
func waits(ended *bool, err error) task.Task {
	return func(ctx context.Context) error {
		<-ctx.Done()
		*ended = true
		return err
	}
}

func TestRun(t *testing.T) {
	broken, late := fault.New(fault.Damaged, "broken"), fault.New(fault.Full, "late")
	fails := func(err error) task.Task { return func(context.Context) error { return err } }
	stop := fault.Wrap("work", context.Canceled)
	tests := map[string]struct {
		work    task.Task
		other   error // of the task that waits
		stopped bool  // the context has ended before
		want    error
	}{
		"a failure ends the others":       {work: fails(broken), want: broken},
		"the first failure is told":       {work: fails(broken), other: late, want: broken},
		"to be stopped is none":           {work: fails(nil), other: stop, stopped: true},
		"a failure on the way out is one": {work: fails(nil), other: late, stopped: true, want: late},
		"stopped without being asked to":  {work: fails(stop), want: stop},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.stopped {
				cancel()
			}
			ended := false
			err := task.Run(ctx, test.work, waits(&ended, test.other))
			if !errors.Is(err, test.want) || (test.want == nil) != (err == nil) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if !ended {
				t.Error("a task was not joined")
			}
		})
	}
	if err := task.Run(t.Context()); err != nil {
		t.Errorf("no tasks: got %v", err)
	}
}

func TestPanicEndsTheOthers(t *testing.T) {
	ended := false
	err := task.Run(t.Context(), func(context.Context) error { panic("no such thing") }, waits(&ended, nil))
	if fault.Of(err) != fault.Internal || !ended || !strings.Contains(err.Error(), "TestPanicEndsTheOthers") {
		t.Errorf("got %v, others ended: %v; want an internal error that says where, and true", err, ended)
	}
}
