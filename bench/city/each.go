package main

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// processors is how much is done at a time of what takes one.
var processors = runtime.NumCPU()

// each calls fn for every item, some at a time, until one fails; it returns the first
// failure, when all calls have returned.
func each[T any](ctx context.Context, atOnce int, items []T, fn func(ctx context.Context, i int, item T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var over sync.WaitGroup
	for range atOnce {
		over.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				if err := fn(ctx, i, items[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	over.Wait()
	return context.Cause(ctx)
}
