package sqlite

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/change"
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
		values := make([]change.Value, len(s.storages))
		for i, storage := range s.storages {
			values[i] = storage.Value(row.cell(int32(i)))
		}
		out = append(out, view.Row{Values: values[:len(q.Columns)], Key: values[len(q.Columns):]})
		return nil
	})
	return out, err
}

// Groups implements view.Reader.
func (v *View) Groups(ctx context.Context, q view.Query, by string) ([]view.Group, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	q.Columns, q.Order = nil, nil
	s, err := v.newSelection(&q)
	if err != nil {
		return nil, err
	}
	storage, text, args, err := s.groups(v, by)
	if err != nil {
		return nil, err
	}
	var out []view.Group
	err = v.askLocked(ctx, text, args, func(row *statement) error {
		count, _ := row.cell(1).Number()
		out = append(out, view.Group{Value: storage.Value(row.cell(0)), Count: count})
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
