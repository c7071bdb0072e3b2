package sqlite

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// statement is a prepared statement of a session.
type statement struct {
	session *session
	stmt    uintptr
	given   []bool // of a statement that rows are put with: which of its arguments are not nothing
}

// bind gives the statement its arguments: nil, int64, int, bool, string or
// []byte each. They live in the session's arena until the next bind.
func (st *statement) bind(args []any) error {
	size := 1
	for _, arg := range args {
		switch x := arg.(type) {
		case string:
			size += len(x)
		case []byte:
			size += len(x)
		}
	}
	if err := st.session.arena.reset(size); err != nil {
		return err
	}
	for i, arg := range args {
		if err := st.session.check("give a statement its arguments", st.bindOne(int32(i+1), arg)); err != nil {
			return err
		}
	}
	return nil
}

// putRow runs the statement once with the cells of a row, the first of which is the
// id, then the numbers.
func (st *statement) putRow(row []view.Cell, then ...int64) error {
	size := 1
	for i := range row {
		text, _ := row[i].Text()
		size += len(text)
	}
	if err := st.session.arena.reset(size); err != nil {
		return err
	}
	id, _ := row[0].Text()
	var key [96]byte
	if rc := st.bindBlob(1, view.AppendIDKey(key[:0], change.RecordID(id))); rc != lib.SQLITE_OK {
		return st.session.check("give a statement its arguments", rc)
	}
	if st.given == nil {
		st.given = make([]bool, len(row))
	}
	for i := 1; i < len(row); i++ {
		given := !row[i].Empty()
		if !given && !st.given[i] {
			continue // as it is: two in three columns are empty, in row after row
		}
		st.given[i] = given
		if rc := st.bindCell(int32(i+1), &row[i]); rc != lib.SQLITE_OK {
			return st.session.check("give a statement its arguments", rc)
		}
	}
	for i, n := range then {
		if rc := lib.Xsqlite3_bind_int64(st.session.tls, st.stmt, int32(len(row)+i+1), n); rc != lib.SQLITE_OK {
			return st.session.check("give a statement its arguments", rc)
		}
	}
	return st.once()
}

// putStored runs the statement once with the number of a row and what is
// stored beside it.
func (st *statement) putStored(no int64, stored []byte) error {
	if err := st.session.arena.reset(len(stored) + 1); err != nil {
		return err
	}
	rc := lib.Xsqlite3_bind_int64(st.session.tls, st.stmt, 1, no)
	if rc == lib.SQLITE_OK {
		rc = st.bindBlob(2, stored)
	}
	if rc != lib.SQLITE_OK {
		return st.session.check("give a statement its arguments", rc)
	}
	return st.once()
}

// once runs a statement that returns nothing.
func (st *statement) once() error {
	_, err := st.step()
	st.reset()
	return err
}

func (st *statement) bindCell(i int32, c *view.Cell) int32 {
	if n, ok := c.Number(); ok {
		return lib.Xsqlite3_bind_int64(st.session.tls, st.stmt, i, n)
	}
	text, ok := c.Text()
	if !ok {
		return lib.Xsqlite3_bind_null(st.session.tls, st.stmt, i)
	}
	return st.bindText(i, text)
}

func (st *statement) bindText(i int32, text string) int32 {
	return lib.Xsqlite3_bind_text(st.session.tls, st.stmt, i, st.session.arena.add(text), int32(len(text)), lib.SQLITE_STATIC)
}

func (st *statement) bindBlob(i int32, raw []byte) int32 {
	address := st.session.arena.add(unsafe.String(unsafe.SliceData(raw), len(raw)))
	return lib.Xsqlite3_bind_blob(st.session.tls, st.stmt, i, address, int32(len(raw)), lib.SQLITE_STATIC)
}

func (st *statement) bindOne(i int32, arg any) int32 {
	tls := st.session.tls
	switch x := arg.(type) {
	case nil:
		return lib.Xsqlite3_bind_null(tls, st.stmt, i)
	case int64:
		return lib.Xsqlite3_bind_int64(tls, st.stmt, i, x)
	case int:
		return lib.Xsqlite3_bind_int64(tls, st.stmt, i, int64(x))
	case bool:
		return lib.Xsqlite3_bind_int64(tls, st.stmt, i, int64(libc.Bool32(x)))
	case string:
		return st.bindText(i, x)
	case []byte:
		return st.bindBlob(i, x)
	}
	return lib.SQLITE_MISUSE
}

// step runs on to the next row; false at the end.
func (st *statement) step() (bool, error) {
	rc := lib.Xsqlite3_step(st.session.tls, st.stmt)
	return rc == lib.SQLITE_ROW, st.session.check("change the view", rc)
}

// reset makes the statement ready to run again. It repeats the error of the
// step before, which was returned already.
func (st *statement) reset() { lib.Xsqlite3_reset(st.session.tls, st.stmt) }

// scan reads the columns of the row: *string, *int64, *bool or *[]byte each.
func (st *statement) scan(dest ...any) error {
	for i, d := range dest {
		tls, column := st.session.tls, int32(i)
		switch x := d.(type) {
		case *string:
			*x = string(st.bytes(column))
		case *[]byte:
			*x = append([]byte{}, st.bytes(column)...)
		case *int64:
			*x = lib.Xsqlite3_column_int64(tls, st.stmt, column)
		case *bool:
			*x = lib.Xsqlite3_column_int64(tls, st.stmt, column) != 0
		default:
			return fault.New(fault.Internal, "a column is read into a %T", d)
		}
	}
	return nil
}

// cell is what a column of the row holds, as a question wants it.
func (st *statement) cell(column int32) view.Cell {
	switch lib.Xsqlite3_column_type(st.session.tls, st.stmt, column) {
	case lib.SQLITE_INTEGER:
		return view.NumberCell(lib.Xsqlite3_column_int64(st.session.tls, st.stmt, column))
	case lib.SQLITE_TEXT:
		return view.TextCell(string(st.bytes(column)))
	case lib.SQLITE_BLOB: // the key of an id; one that is none is damage, and shown as nothing
		if id, ok := view.IDOf(st.bytes(column)); ok {
			return view.TextCell(string(id))
		}
	}
	return view.Cell{}
}

// held is a record, as heldText reads it from a column on.
func (st *statement) held(column int32, id change.RecordID, columns int) view.Held {
	h := view.Held{ID: id, No: lib.Xsqlite3_column_int64(st.session.tls, st.stmt, column)}
	if stored := st.bytes(column + 2); stored != nil {
		h.Stored = append([]byte{}, stored...)
		return h
	}
	h.Cells = make([]view.Cell, columns)
	h.Cells[0] = view.TextCell(string(id))
	for i := 1; i < columns; i++ {
		h.Cells[i] = st.cell(column + 2 + int32(i))
	}
	return h
}

// bytes are the content of a column, part of SQLite's memory until the next
// step.
func (st *statement) bytes(column int32) []byte {
	address := lib.Xsqlite3_column_blob(st.session.tls, st.stmt, column)
	n := int(lib.Xsqlite3_column_bytes(st.session.tls, st.stmt, column))
	if address == 0 || n == 0 {
		return nil
	}
	return unsafe.Slice(at[byte](address), n)
}

// at is the object at an address outside of Go's memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }
