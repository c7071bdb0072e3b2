package sqlite

import (
	lib "modernc.org/sqlite/lib"

	"tongbu/internal/fault"
)

// kindOf maps SQLite's primary result codes. An I/O error counts as damage:
// the file can be had again from the journal, and that is the way out.
func kindOf(code int) fault.Kind {
	switch code {
	case lib.SQLITE_FULL:
		return fault.Full
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_IOERR, lib.SQLITE_FORMAT:
		return fault.Damaged
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fault.Busy
	case lib.SQLITE_INTERRUPT:
		return fault.Canceled
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return fault.Denied
	case lib.SQLITE_CANTOPEN:
		return fault.Unavailable
	}
	return fault.Internal
}
