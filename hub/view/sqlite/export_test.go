package sqlite

import (
	"context"

	"tongbu/hub/view"
)

// Plan says how SQLite goes about a selection, a step each. It asks first:
// only that has a reader see what the file is by now.
func (t *Tables) Plan(ctx context.Context, s *view.Selection) (steps []string, err error) {
	if err := t.Select(ctx, s, func([]view.Cell) error { return nil }); err != nil {
		return nil, err
	}
	text, args := textOf(s)
	err = t.ask(ctx, "EXPLAIN QUERY PLAN "+text, args, func(row *statement) error {
		step, _ := row.cell(3).Text()
		steps = append(steps, step)
		return nil
	})
	return steps, err
}

// PlanBeside says how SQLite finds the records whose column has a value.
func (t *Tables) PlanBeside(ctx context.Context, kind, field string) (steps []string, err error) {
	text := besideText(t.kinds[kind], field)
	if err := t.ask(ctx, text, []any{"x"}, func(*statement) error { return nil }); err != nil {
		return nil, err
	}
	err = t.ask(ctx, "EXPLAIN QUERY PLAN "+text, []any{"x"}, func(row *statement) error {
		step, _ := row.cell(3).Text()
		steps = append(steps, step)
		return nil
	})
	return steps, err
}

// EachRow calls fn with the first two cells of each row of a statement.
func (t *Tables) EachRow(ctx context.Context, text string, fn func(a, b view.Cell)) error {
	return t.ask(ctx, text, nil, func(row *statement) error {
		fn(row.cell(0), row.cell(1))
		return nil
	})
}
