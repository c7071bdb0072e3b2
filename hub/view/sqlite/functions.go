package sqlite

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"tongbu/hub/view"
	"tongbu/internal/change"
)

// Ids stand in the tables as keys (view.IDKey). These two functions are for what is
// asked of their texts: the text of a key, and the key of a text. Nothing becomes
// nothing.
const (
	idText = "id_text"
	idKey  = "id_key"
)

// scalar is a function of SQL with one argument.
type scalar = func(tls *libc.TLS, context uintptr, n int32, values uintptr)

// addFunctions makes the functions known to the connection.
func (s *session) addFunctions() error {
	for name, fn := range map[string]scalar{idText: textOfKey, idKey: keyOfText} {
		if err := s.addFunction(name, fn); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) addFunction(name string, fn scalar) error {
	c, err := libc.CString(name)
	if err != nil {
		return err
	}
	defer libc.Xfree(s.tls, c)
	const kind = lib.SQLITE_UTF8 | lib.SQLITE_DETERMINISTIC
	return s.check("open the file", lib.Xsqlite3_create_function_v2(s.tls, s.db, c, 1, kind, 0, functionAddress(fn), 0, 0, 0))
}

// functionAddress is a function as SQLite takes it, through the representation of Go's
// function values. The function is one of the package, so it does not move.
func functionAddress(fn scalar) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ fn scalar }{fn})) }

func textOfKey(tls *libc.TLS, context uintptr, _ int32, values uintptr) {
	id, ok := view.IDOf(bytesOf(tls, values))
	if !ok {
		lib.Xsqlite3_result_null(tls, context)
		return
	}
	answer(tls, context, []byte(id), lib.Xsqlite3_result_text)
}

func keyOfText(tls *libc.TLS, context uintptr, _ int32, values uintptr) {
	raw := bytesOf(tls, values)
	if raw == nil {
		lib.Xsqlite3_result_null(tls, context)
		return
	}
	answer(tls, context, view.IDKey(change.RecordID(raw)), lib.Xsqlite3_result_blob)
}

// bytesOf is the first argument, part of SQLite's memory; nil for nothing.
func bytesOf(tls *libc.TLS, values uintptr) []byte {
	value := *at[uintptr](values)
	address := lib.Xsqlite3_value_blob(tls, value)
	n := int(lib.Xsqlite3_value_bytes(tls, value))
	if address == 0 || n == 0 {
		return nil
	}
	return unsafe.Slice(at[byte](address), n)
}

// answer returns bytes, of which SQLite makes a copy.
func answer(tls *libc.TLS, context uintptr, out []byte, result func(*libc.TLS, uintptr, uintptr, int32, uintptr)) {
	copied := libc.Xmalloc(tls, libc.Tsize_t(len(out)))
	if copied == 0 {
		lib.Xsqlite3_result_null(tls, context)
		return
	}
	defer libc.Xfree(tls, copied)
	copy(unsafe.Slice(at[byte](copied), len(out)), out)
	result(tls, context, copied, int32(len(out)), lib.SQLITE_TRANSIENT)
}
