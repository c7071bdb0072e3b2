// Package task runs the parts of a program that work until they are stopped:
// all are joined, and the first that fails stops the others.
package task

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"tongbu/internal/fault"
)

// Task works until its context ends.
type Task func(ctx context.Context) error

// Run runs the tasks until the context ends or one fails; the first failure
// ends the others. All have returned when it returns. To be stopped is no
// failure, but one on the way out is. A panic becomes an Internal error, so
// that the others still close what they hold.
func Run(ctx context.Context, tasks ...Task) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex // guards first
	var first error
	for _, t := range tasks {
		all.Go(func() {
			err := guarded(ctx, t)
			if err == nil || ctx.Err() != nil && fault.Of(err) == fault.Canceled {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = err
			}
			cancel()
		})
	}
	all.Wait()
	return first
}

func guarded(ctx context.Context, t Task) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "a task panicked: %s, at %s", fmt.Sprint(p), origin())
		}
	}()
	return t(ctx)
}

// origin is where the panic that is being recovered began: the first frame
// beyond the runtime's own.
func origin() string {
	const above = 3 // Callers, origin and the deferred function
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(above, callers)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return fmt.Sprintf("%s line %d", f.Function, f.Line)
		}
	}
}
