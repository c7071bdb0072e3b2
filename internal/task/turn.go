package task

import (
	"context"

	"tongbu/internal/fault"
)

// Turn is had by one at a time: what a mutex is, for waits that end with a context.
type Turn chan struct{}

// NewTurn makes a turn that nobody has.
func NewTurn() Turn { return make(Turn, 1) }

// Take waits for the turn, and returns what gives it up. It returns what the context says;
// step is what was waited for.
func (t Turn) Take(ctx context.Context, step string) (done func(), err error) {
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, fault.Wrap(step, ctx.Err())
	}
}
