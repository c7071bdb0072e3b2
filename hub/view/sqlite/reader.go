package sqlite

import (
	"context"
	"sync"
	"time"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"tongbu/internal/fault"
)

// Questions that may run at once, and of those without a limit, which have readers
// of their own; more wait.
const (
	maxReaders = 4
	maxLong    = 2
)

// maxPrepared bounds the statements that a reader keeps: each question of
// another shape is another text.
const maxPrepared = 100

// readSettings of the connections that read. A question's intermediate
// results stay in memory: a file of the system's temporary folder would hold
// personal data.
func readSettings() []string {
	return []string{"PRAGMA busy_timeout = 5000", "PRAGMA cache_size = -16384", "PRAGMA temp_store = 2", "PRAGMA trusted_schema = 0",
		"PRAGMA query_only = 1"}
}

// readers are the connections on which questions are asked. One is opened
// when a question finds no other free.
type readers struct {
	path, vfs string
	slots     chan struct{} // one for each question that runs
	long      chan struct{} // likewise, of those without a limit

	mu   sync.Mutex // guards what follows
	free []*reader  // the one used last comes first: its cache is warm
}

func newReaders(path, vfs string) *readers {
	return &readers{path: path, vfs: vfs, slots: make(chan struct{}, maxReaders), long: make(chan struct{}, maxLong)}
}

// ask runs a question on a reader that is free and calls fn for every row;
// scan inside fn. It ends early with the context.
func (r *readers) ask(ctx context.Context, slots chan struct{}, text string, args []any, fn func(*statement) error) error {
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return fault.Wrap("ask the view", ctx.Err())
	}
	defer func() { <-slots }()
	one, err := r.take()
	if err != nil {
		return err
	}
	defer r.give(one)
	return one.ask(ctx, text, args, fn)
}

func (r *readers) take() (*reader, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := len(r.free) - 1; last >= 0 {
		one := r.free[last]
		r.free = r.free[:last]
		return one, nil
	}
	return openReader(r.path, r.vfs)
}

func (r *readers) give(one *reader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = append(r.free, one)
}

// close closes the readers; none may be in use.
func (r *readers) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.free {
		one.close()
	}
	r.free = nil
}

// reader is one connection that reads. One goroutine at a time uses it.
type reader struct{ *session }

func openReader(path, vfs string) (*reader, error) {
	s, err := openSession(path, vfs, readSettings()...)
	if err != nil {
		return nil, err
	}
	r := &reader{s}
	if err := r.addFunctions(); err != nil {
		r.close()
		return nil, err
	}
	// A column that does not exist is refused, where SQLite would take its
	// quoted name for a text; and a statement keeps its plan whatever it is
	// given, where SQLite would prepare it again for each question.
	for option, on := range map[int32]int32{lib.SQLITE_DBCONFIG_DQS_DML: 0, lib.SQLITE_DBCONFIG_ENABLE_QPSG: 1} {
		if err := r.check("open the file", r.configure(option, on)); err != nil {
			r.close()
			return nil, err
		}
	}
	return r, nil
}

func (r *reader) configure(option, on int32) int32 {
	const slot = 8 // of a list of arguments
	list := r.tls.Alloc(2 * slot)
	defer r.tls.Free(2 * slot)
	return lib.Xsqlite3_db_config(r.tls, r.db, option, libc.VaList(list, on, uintptr(0)))
}

func (r *reader) ask(ctx context.Context, text string, args []any, fn func(*statement) error) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap("ask the view", err)
	}
	st, err := r.prepared(text)
	if err != nil {
		return err
	}
	if err := st.bind(args); err != nil {
		return err
	}
	defer st.reset()
	defer r.watch(ctx)()
	for {
		rc := lib.Xsqlite3_step(r.tls, st.stmt)
		if err := ctx.Err(); rc == lib.SQLITE_INTERRUPT && err != nil {
			return fault.Wrap("ask the view", err)
		}
		if rc != lib.SQLITE_ROW {
			return r.check("ask the view", rc)
		}
		if err := fn(st); err != nil {
			return fault.Wrap("read the view", err)
		}
	}
}

// prepared returns the statement of a text. When there are too many it forgets
// them all: which of them come again is not worth a list.
func (r *reader) prepared(text string) (*statement, error) {
	if _, ok := r.stmts[text]; !ok && len(r.stmts) >= maxPrepared {
		for _, st := range r.stmts {
			lib.Xsqlite3_finalize(r.tls, st.stmt)
		}
		clear(r.stmts)
	}
	return r.prepare(text)
}

// watch interrupts what runs when the context ends, until stop; then it does
// not touch the connection any more. An interrupt that comes before the first
// step is lost, so it is repeated.
func (r *reader) watch(ctx context.Context) (stop func()) {
	over, idle := make(chan struct{}), make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(idle)
		again := time.NewTicker(time.Millisecond)
		defer again.Stop()
		for {
			lib.Xsqlite3_interrupt(r.tls, r.db)
			select {
			case <-over:
				return
			case <-again.C:
			}
		}
	})
	return func() {
		close(over)
		if !unwatch() {
			<-idle
		}
	}
}
