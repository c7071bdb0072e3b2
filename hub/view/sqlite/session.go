package sqlite

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"tongbu/internal/fault"
)

// session is a connection through SQLite's C interface. What database/sql
// puts between costs more, for a row of forty columns, than SQLite itself.
// One goroutine at a time uses it.
type session struct {
	tls   *libc.TLS
	db    uintptr
	stmts map[string]*statement // prepared once: the texts come from the schema and a few constants
	arena arena                 // what a running statement is given
}

// openSession opens the file at path through a VFS and runs the settings.
func openSession(path, vfs string, settings ...string) (*session, error) {
	s := &session{tls: libc.NewTLS(), stmts: map[string]*statement{}}
	s.arena.tls = s.tls
	err := s.open(path, vfs)
	for i := 0; err == nil && i < len(settings); i++ {
		err = s.run(settings[i])
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) open(path, vfs string) error {
	name, err := libc.CString(path)
	if err != nil {
		return fault.As(fault.Internal, "open the file", err)
	}
	defer libc.Xfree(s.tls, name)
	through, err := libc.CString(vfs)
	if err != nil {
		return fault.As(fault.Internal, "open the file", err)
	}
	defer libc.Xfree(s.tls, through)
	return s.handle(&s.db, func(into uintptr) int32 {
		return lib.Xsqlite3_open_v2(s.tls, name, into, lib.SQLITE_OPEN_READWRITE|lib.SQLITE_OPEN_CREATE|lib.SQLITE_OPEN_NOMUTEX, through)
	})
}

// handle calls a function that returns a handle through a pointer.
func (s *session) handle(out *uintptr, call func(into uintptr) int32) error {
	into := s.tls.Alloc(int(unsafe.Sizeof(*out)))
	defer s.tls.Free(int(unsafe.Sizeof(*out)))
	rc := call(into)
	*out = *at[uintptr](into)
	return s.check("use the view", rc)
}

// check makes an error of a result code.
func (s *session) check(op string, rc int32) error {
	if rc == lib.SQLITE_OK || rc == lib.SQLITE_ROW || rc == lib.SQLITE_DONE {
		return nil
	}
	detail := lib.Xsqlite3_extended_errcode(s.tls, s.db) // which call failed: an I/O error is of thirty kinds
	return fault.As(kindOf(int(rc)&0xff), op, fault.New(kindOf(int(rc)&0xff), "SQLite: %s (%d)", libc.GoString(lib.Xsqlite3_errmsg(s.tls, s.db)), detail))
}

// run runs a text that returns nothing, once.
func (s *session) run(text string) error {
	c, err := libc.CString(text)
	if err != nil {
		return fault.As(fault.Internal, "use the view", err)
	}
	defer libc.Xfree(s.tls, c)
	return s.check("use the view", lib.Xsqlite3_exec(s.tls, s.db, c, 0, 0, 0))
}

func (s *session) prepare(text string) (*statement, error) {
	if st, ok := s.stmts[text]; ok {
		return st, nil
	}
	c, err := libc.CString(text)
	if err != nil {
		return nil, fault.As(fault.Internal, "prepare a statement", err)
	}
	defer libc.Xfree(s.tls, c)
	st := &statement{session: s}
	err = s.handle(&st.stmt, func(into uintptr) int32 {
		return lib.Xsqlite3_prepare_v3(s.tls, s.db, c, -1, lib.SQLITE_PREPARE_PERSISTENT, into, 0)
	})
	if err != nil {
		return nil, err
	}
	s.stmts[text] = st
	return st, nil
}

// close frees everything; what is not written is in the journal.
func (s *session) close() {
	for _, st := range s.stmts {
		lib.Xsqlite3_finalize(s.tls, st.stmt)
	}
	if s.db != 0 {
		lib.Xsqlite3_close_v2(s.tls, s.db)
	}
	s.arena.free()
	s.tls.Close()
}

// arena is memory of SQLite's own kind that holds the arguments of one
// statement while it runs.
type arena struct {
	tls  *libc.TLS
	base uintptr
	size int
	used int
}

// reset makes room for n bytes, and forgets what was there.
func (a *arena) reset(n int) error {
	a.used = 0
	if n <= a.size {
		return nil
	}
	a.free()
	size := max(2*n, 4096)
	if a.base = libc.Xmalloc(a.tls, libc.Tsize_t(size)); a.base == 0 {
		return fault.New(fault.Internal, "no memory for %d bytes", size)
	}
	a.size = size
	return nil
}

// add copies the bytes in and returns their address.
func (a *arena) add(text string) uintptr {
	address := a.base + uintptr(a.used)
	copy(unsafe.Slice(at[byte](address), len(text)), text)
	a.used += len(text)
	return address
}

func (a *arena) free() {
	if a.base != 0 {
		libc.Xfree(a.tls, a.base)
	}
	a.base, a.size = 0, 0
}
