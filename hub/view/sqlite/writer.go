package sqlite

import (
	"context"

	"tongbu/internal/failpoint"
	"tongbu/internal/fault"
)

// writer is the connection that writes. One goroutine at a time uses it.
// Within a transaction it does not watch a context; the loops above do.
type writer struct{ *session }

// transact runs fn in a transaction that is committed when fn returns nil.
func (f *file) transact(ctx context.Context, fn func(*writer) error) (err error) {
	if err := ctx.Err(); err != nil {
		return fault.Wrap("change the view", err)
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
	st, err := w.prepare(text)
	if err != nil {
		return err
	}
	if err := st.bind(args); err != nil {
		return err
	}
	return st.once()
}

// get reads one row into dest; false when there is none.
func (w *writer) get(text string, args []any, dest ...any) (found bool, err error) {
	st, err := w.prepare(text)
	if err != nil {
		return false, err
	}
	if err := st.bind(args); err != nil {
		return false, err
	}
	defer st.reset()
	if found, err = st.step(); !found || err != nil {
		return false, err
	}
	return true, st.scan(dest...)
}

// each calls fn for every row; scan inside fn, and run nothing else.
func (w *writer) each(text string, args []any, fn func(*statement) error) error {
	st, err := w.prepare(text)
	if err != nil {
		return err
	}
	if err := st.bind(args); err != nil {
		return err
	}
	defer st.reset()
	for {
		more, err := st.step()
		if !more || err != nil {
			return err
		}
		if err := fn(st); err != nil {
			return err
		}
	}
}
