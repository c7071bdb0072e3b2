package sqlite

import (
	"context"
	"database/sql"

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
	err = v.askLocked(ctx, text, args, func(rows *sql.Rows) error {
		values, err := scanValues(rows, s.storages)
		if err == nil {
			out = append(out, view.Row{Values: values[:len(q.Columns)], Key: values[len(q.Columns):]})
		}
		return err
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
	err = v.askLocked(ctx, text, args, func(rows *sql.Rows) error {
		var cell any
		var n int64
		err := rows.Scan(&cell, &n)
		out = append(out, view.Group{Value: storage.Value(cell), Count: n})
		return err
	})
	return out, err
}

func scanValues(rows *sql.Rows, storages []view.Storage) ([]change.Value, error) {
	cells, into := make([]any, len(storages)), make([]any, len(storages))
	for i := range cells {
		into[i] = &cells[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	values := make([]change.Value, len(cells))
	for i, cell := range cells {
		values[i] = storages[i].Value(cell)
	}
	return values, nil
}

// ask runs a question and calls fn for every row.
func (v *View) ask(ctx context.Context, text string, args []any, fn func(*sql.Rows) error) error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.askLocked(ctx, text, args, fn)
}

func (v *View) askLocked(ctx context.Context, text string, args []any, fn func(*sql.Rows) error) error {
	if v.file == nil {
		return errClosed()
	}
	rows, err := v.file.reading.QueryContext(ctx, text, args...)
	if err != nil {
		return classify("ask the view", err)
	}
	return eachRow(rows, fn)
}

// eachRow calls fn for every row and closes them.
func eachRow(rows *sql.Rows, fn func(*sql.Rows) error) error {
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		if err := fn(rows); err != nil {
			return classify("read the view", err)
		}
	}
	return classify("read the view", rows.Err())
}
