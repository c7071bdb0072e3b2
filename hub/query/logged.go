package query

import (
	"context"

	"tongbu/internal/question"
)

// Logged writes each part of an answer into the audit log before it is told.
type Logged struct {
	Tell  question.Tell
	Write func(ctx context.Context, a *question.Answer, outcome error) error

	logged bool
}

// Part is the question.Tell of whoever answers.
func (l *Logged) Part(ctx context.Context, part question.Part) error {
	if len(part.Rows) > 0 {
		if err := l.Write(ctx, &question.Answer{Rows: part.Rows, Records: part.Records, AskedBy: part.AskedBy}, nil); err != nil {
			return err
		}
		l.logged = true
	}
	return l.Tell(ctx, part)
}

// End writes what no part has said, that it failed or that there was nothing, and
// returns the outcome.
func (l *Logged) End(ctx context.Context, outcome error) error {
	if l.logged && outcome == nil {
		return nil
	}
	return l.Write(context.WithoutCancel(ctx), nil, outcome)
}
