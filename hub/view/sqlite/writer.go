package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"tongbu/internal/failpoint"
)

// writer is the connection that writes, with its prepared statements. One
// goroutine at a time uses it. Within a transaction it does not watch a
// context, as that costs a goroutine for each statement; the loops above do.
type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// transact runs fn in a transaction that is committed when fn returns nil.
func (f *file) transact(ctx context.Context, fn func(*writer) error) (err error) {
	if err := ctx.Err(); err != nil {
		return classify("change the view", err)
	}
	w := f.writer
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// After some failures SQLite has rolled back already; then this
			// fails and nothing is left to undo.
			_ = w.exec("ROLLBACK")
		}
	}()
	failpoint.Reach("view.begin")
	if err := fn(w); err != nil {
		return err
	}
	if err := failpoint.Fail("view.commit.before"); err != nil {
		return err
	}
	if err := w.exec("COMMIT"); err != nil {
		return err
	}
	failpoint.Reach("view.commit.after")
	return nil
}

// exec runs a statement that returns nothing.
func (w *writer) exec(text string, args ...any) error {
	_, err := w.count(text, args...)
	return err
}

// count runs a statement and returns how many rows it changed.
func (w *writer) count(text string, args ...any) (int64, error) {
	stmt, err := w.prepare(text)
	if err != nil {
		return 0, err
	}
	result, err := stmt.Exec(args...)
	if err != nil {
		return 0, classify("change the view", err)
	}
	n, err := result.RowsAffected()
	return n, classify("change the view", err)
}

// get reads one row into dest; false when there is none.
func (w *writer) get(text string, args []any, dest ...any) (bool, error) {
	stmt, err := w.prepare(text)
	if err != nil {
		return false, err
	}
	err = stmt.QueryRow(args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, classify("read the view", err)
}

// each calls fn for every row; scan inside fn.
func (w *writer) each(text string, args []any, fn func(*sql.Rows) error) error {
	stmt, err := w.prepare(text)
	if err != nil {
		return err
	}
	rows, err := stmt.Query(args...)
	if err != nil {
		return classify("read the view", err)
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

// prepare returns the statement, prepared once. The texts come from the
// schema and a few constants, so there are few of them.
func (w *writer) prepare(text string) (*sql.Stmt, error) {
	if stmt, ok := w.stmts[text]; ok {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, classify("prepare a statement", err)
	}
	w.stmts[text] = stmt
	return stmt, nil
}

func (w *writer) close() {
	for _, stmt := range w.stmts {
		_ = stmt.Close()
	}
	_ = w.conn.Close()
}
