package sqlite

import (
	"context"

	"tongbu/hub/view"
)

// Rows implements view.Reader.
func (v *View) Rows(ctx context.Context, q view.Query) ([]view.Row, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	s, err := v.newSelection(&q)
	if err != nil {
		return nil, err
	}
	text, args := s.rows()
	var out []view.Row
	err = v.askLocked(ctx, text, args, func(row *statement) error {
		values := row.values(s.storages)
		out = append(out, view.Row{Values: values[:len(q.Columns)], Key: values[len(q.Columns):]})
		return nil
	})
	return out, err
}

// Groups implements view.Reader.
func (v *View) Groups(ctx context.Context, q view.Query, by ...string) ([]view.Group, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	q.Columns, q.Order = nil, nil
	s, err := v.newSelection(&q)
	if err != nil {
		return nil, err
	}
	storages, err := storagesOf(q.Kind, by)
	if err != nil {
		return nil, err
	}
	if field, ok := v.tallying(&q, by); ok {
		return v.addUp(ctx, &q, field, by, storages)
	}
	text, args := s.groups(by, storages)
	var out []view.Group
	err = v.askLocked(ctx, text, args, func(row *statement) error {
		count, _ := row.cell(int32(len(storages))).Number()
		out = append(out, view.Group{Values: row.values(storages), Count: count})
		return nil
	})
	return out, err
}

// ask runs a question and calls fn for every row.
func (v *View) ask(ctx context.Context, text string, args []any, fn func(*statement) error) error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.askLocked(ctx, text, args, fn)
}

func (v *View) askLocked(ctx context.Context, text string, args []any, fn func(*statement) error) error {
	if v.file == nil {
		return errClosed()
	}
	return v.file.reading.ask(ctx, text, args, fn)
}
