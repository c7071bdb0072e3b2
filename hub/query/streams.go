package query

import (
	"context"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// Bounds of an answer in parts. It holds a moment of the view, and with it the room
// of what was written since.
const (
	StreamTime = 10 * time.Minute // from the first part to the last
	UnreadTime = time.Minute      // that a part is not read
	StreamWait = 30 * time.Second // for its turn
)

// Streams gives answers in parts their turns, as Turns does for pages, and ends those
// that nobody reads. It is safe for concurrent use.
type Streams struct{ turns *Turns }

// NewStreams makes turns that nobody has taken.
func NewStreams(l Limits) *Streams { return &Streams{turns: NewTurns(l)} }

// Do runs fn when it is the asker's turn. It returns what fn returns, and Exhausted
// when a part is not read for UnreadTime, when fn takes longer than StreamTime, or
// what Turns.Do says of the turn.
func (s *Streams) Do(ctx context.Context, from Origin, tell question.Tell, fn func(context.Context, question.Tell) error) error {
	return s.turns.do(ctx, from, StreamWait, StreamTime, func(ctx context.Context) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		err := fn(ctx, func(ctx context.Context, part question.Part) error {
			late := time.AfterFunc(UnreadTime, func() { cancel(errUnread()) })
			defer late.Stop()
			return tell(ctx, part)
		})
		if cause := context.Cause(ctx); err != nil && fault.Of(cause) == fault.Exhausted {
			return cause
		}
		return err
	})
}

func errUnread() error {
	return fault.New(fault.Exhausted, "the answer was not read for %v", UnreadTime).WithHint("read it without stopping, or write it into a file first")
}
