// Package sealed encrypts the pages of a SQLite database on their way to the
// disk and back. SQLite reaches its files through a VFS, a table of functions.
// Register copies the system's own and replaces xOpen: the system opens the
// file, and then xRead and xWrite of that file pass whole pages through a
// Cipher. Locks, syncs and the shared index stay the system's. No other kind
// of file can be opened (a rollback journal, a temporary file): it would hold
// pages in plain.
//
// What is stored of a page is the content under AES-256-GCM with a random
// nonce; nonce and tag lie in the 28 bytes at the page's end that the first
// page tells SQLite to leave free. File, offset and, of page 1, the plain
// header are authenticated with it. Plain are the first 100 bytes of the file,
// the heads of the write-ahead log and of its frames, and the shared index
// (-shm): numbers only.
//
// Of a row of several pages SQLite reads the beginning of each page straight from
// the file: the whole page is read then, and the beginning handed up.
//
// A page that does not decrypt is an I/O error. The one exception are frames
// that SQLite reads with their heads, to find where the log ends: such a frame
// is handed up as it is, its checksum is wrong, and the log ends there, as it
// must after a power cut.
package sealed

import (
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"tongbu/internal/fault"
)

// Of the write-ahead log: https://www.sqlite.org/fileformat.html, section 4.
const (
	logHeader   = 32
	frameHeader = 24
	frameSize   = frameHeader + pageSize
)

type (
	openFunc  = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	closeFunc = func(*libc.TLS, uintptr) int32
	ioFunc    = func(*libc.TLS, uintptr, uintptr, int32, lib.Tsqlite3_int64) int32
)

// shims is what the functions called by SQLite find by their arguments.
var shims struct {
	serial  atomic.Uint64
	views   sync.Map // address of a VFS -> *Cipher
	files   sync.Map // address of an open file -> *shimFile
	methods sync.Map // address of the system's methods -> address of ours
}

// shimFile is an open file whose pages are encrypted.
type shimFile struct {
	cipher *Cipher
	log    bool
	system *lib.Tsqlite3_io_methods
}

// VFS is a registered VFS: SQLite opens a file through it by its name.
type VFS struct {
	name    string
	tls     *libc.TLS
	address uintptr
}

// Register makes SQLite know a VFS that encrypts with the cipher. Close it
// after the last connection that goes through it.
func Register(c *Cipher) (*VFS, error) {
	v := &VFS{name: fmt.Sprintf("tongbu-%d", shims.serial.Add(1)), tls: libc.NewTLS()}
	system := lib.Xsqlite3_vfs_find(v.tls, 0)
	v.address = libc.Xmalloc(v.tls, libc.Tsize_t(unsafe.Sizeof(lib.Tsqlite3_vfs{})))
	name, err := libc.CString(v.name)
	if system == 0 || v.address == 0 || err != nil {
		return nil, fault.New(fault.Internal, "there is no room for a VFS")
	}
	own := at[lib.Tsqlite3_vfs](v.address)
	*own = *at[lib.Tsqlite3_vfs](system)
	own.FpNext, own.FzName, own.FxOpen = 0, name, address(openShim)
	shims.views.Store(v.address, c)
	if rc := lib.Xsqlite3_vfs_register(v.tls, v.address, 0); rc != lib.SQLITE_OK {
		return nil, fault.New(fault.Internal, "register a VFS: code %d", rc)
	}
	return v, nil
}

// Name is what a connection is opened with.
func (v *VFS) Name() string { return v.name }

// Close unregisters the VFS; its files must be closed.
func (v *VFS) Close() {
	lib.Xsqlite3_vfs_unregister(v.tls, v.address)
	shims.views.Delete(v.address)
	libc.Xfree(v.tls, at[lib.Tsqlite3_vfs](v.address).FzName)
	libc.Xfree(v.tls, v.address)
	v.tls.Close()
}

// at is the object at an address outside of Go's memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// address is how SQLite names a Go function, and function the reverse.
func address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func function[F any](address uintptr) F {
	return *(*F)(unsafe.Pointer(&struct{ uintptr }{address}))
}

func openShim(tls *libc.TLS, own, name, file uintptr, flags int32, outFlags uintptr) int32 {
	cipher, known := shims.views.Load(own)
	log := flags&lib.SQLITE_OPEN_WAL != 0
	if !known || !log && flags&lib.SQLITE_OPEN_MAIN_DB == 0 {
		return lib.SQLITE_CANTOPEN // no other file is ever written: it would be plain
	}
	system := at[lib.Tsqlite3_vfs](lib.Xsqlite3_vfs_find(tls, 0))
	rc := function[openFunc](system.FxOpen)(tls, own, name, file, flags, outFlags)
	methods := &at[lib.Tsqlite3_file](file).FpMethods
	if *methods == 0 {
		return rc
	}
	shims.files.Store(file, &shimFile{cipher: cipher.(*Cipher), log: log, system: at[lib.Tsqlite3_io_methods](*methods)})
	*methods = shimMethods(tls, *methods)
	return rc
}

// shimMethods returns our copy of the system's methods, made once.
func shimMethods(tls *libc.TLS, system uintptr) uintptr {
	if own, ok := shims.methods.Load(system); ok {
		return own.(uintptr)
	}
	own := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(lib.Tsqlite3_io_methods{})))
	m := at[lib.Tsqlite3_io_methods](own)
	*m = *at[lib.Tsqlite3_io_methods](system)
	m.FiVersion = min(m.FiVersion, 2) // without xFetch: no page is read from a mapping
	m.FxClose, m.FxRead, m.FxWrite = address(closeShim), address(readShim), address(writeShim)
	kept, loaded := shims.methods.LoadOrStore(system, own)
	if loaded {
		libc.Xfree(tls, own)
	}
	return kept.(uintptr)
}

func fileOf(file uintptr) *shimFile {
	f, ok := shims.files.Load(file)
	if !ok {
		return nil
	}
	return f.(*shimFile)
}

func closeShim(tls *libc.TLS, file uintptr) int32 {
	f := fileOf(file)
	if f == nil {
		return lib.SQLITE_IOERR_CLOSE
	}
	shims.files.Delete(file)
	return function[closeFunc](f.system.FxClose)(tls, file)
}

func readShim(tls *libc.TLS, file, buffer uintptr, amount int32, offset lib.Tsqlite3_int64) int32 {
	f := fileOf(file)
	if f == nil {
		return lib.SQLITE_IOERR_READ
	}
	skip, kind := f.part(amount, offset)
	if kind == headPart {
		return f.readHead(tls, file, unsafe.Slice(at[byte](buffer), amount), offset)
	}
	rc := function[ioFunc](f.system.FxRead)(tls, file, buffer, amount, offset)
	if rc != lib.SQLITE_OK {
		return rc
	}
	switch kind {
	case plainPart:
		return rc
	case unknownPart:
		return lib.SQLITE_IOERR_READ
	}
	page := unsafe.Slice(at[byte](buffer), amount)[skip:]
	whole := f.cipher.open(pageAt{log: f.log, offset: offset + int64(skip)}, page)
	// Frames are read with their heads to find where the log ends: at the first
	// one with a wrong checksum, as an encrypted one has.
	if !whole && kind == pagePart {
		return lib.SQLITE_IOERR_READ
	}
	return rc
}

// readHead reads the beginning of a page of the file: only whole pages decrypt.
func (f *shimFile) readHead(tls *libc.TLS, file uintptr, into []byte, offset lib.Tsqlite3_int64) int32 {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s) // Go does not move it while SQLite writes to it
	rc := function[ioFunc](f.system.FxRead)(tls, file, uintptr(unsafe.Pointer(&s.page)), pageSize, offset)
	if rc != lib.SQLITE_OK {
		return rc
	}
	if !f.cipher.open(pageAt{offset: offset}, s.page[:]) {
		return lib.SQLITE_IOERR_READ
	}
	copy(into, s.page[:])
	return rc
}

func writeShim(tls *libc.TLS, file, buffer uintptr, amount int32, offset lib.Tsqlite3_int64) int32 {
	f := fileOf(file)
	if f == nil {
		return lib.SQLITE_IOERR_WRITE
	}
	write := function[ioFunc](f.system.FxWrite)
	switch _, kind := f.part(amount, offset); kind {
	case plainPart:
		return write(tls, file, buffer, amount, offset)
	case pagePart:
		s := scratches.Get().(*scratch)
		defer scratches.Put(s) // Go does not move it while SQLite reads it
		if f.cipher.seal(pageAt{log: f.log, offset: offset}, s, unsafe.Slice(at[byte](buffer), amount)) {
			return write(tls, file, uintptr(unsafe.Pointer(&s.page)), amount, offset)
		}
	}
	return lib.SQLITE_IOERR_WRITE
}

// kinds of parts of a file that SQLite reads or writes at once.
type partKind int

const (
	unknownPart partKind = iota // none that SQLite is known to touch: refused
	plainPart
	pagePart
	framePart // a page of the log with its head
	headPart  // the beginning of a page: what a long row has there, read without the cache
)

// part tells what lies at a place, and how much of it comes before the page.
func (f *shimFile) part(amount int32, offset int64) (skip int, kind partKind) {
	if !f.log {
		switch {
		case amount == pageSize && offset%pageSize == 0:
			return 0, pagePart
		case offset+int64(amount) <= headerSize:
			return 0, plainPart
		case amount > 0 && amount < pageSize && offset%pageSize == 0:
			return 0, headPart
		}
		return 0, unknownPart
	}
	if offset < logHeader && offset+int64(amount) <= logHeader {
		return 0, plainPart
	}
	switch in := (offset - logHeader) % frameSize; {
	case amount > 0 && in+int64(amount) <= frameHeader: // part of it, where a transaction writes a page of its own once more
		return 0, plainPart
	case in == 0 && amount == frameSize:
		return frameHeader, framePart
	case in == frameHeader && amount == pageSize:
		return 0, pagePart
	}
	return 0, unknownPart
}
