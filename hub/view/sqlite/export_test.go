package sqlite

import (
	"context"

	"tongbu/hub/view"
)

// Plan says how SQLite goes about a question for rows, a step each. It asks
// the question first: only that has a reader see what the file is by now.
func (v *View) Plan(ctx context.Context, q view.Query) (steps []string, err error) {
	if _, err := v.Rows(ctx, q); err != nil {
		return nil, err
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	s, err := v.newSelection(&q)
	if err != nil {
		return nil, err
	}
	text, args := s.rows()
	err = v.askLocked(ctx, "EXPLAIN QUERY PLAN "+text, args, func(row *statement) error {
		step, _ := row.cell(3).Text()
		steps = append(steps, step)
		return nil
	})
	return steps, err
}
