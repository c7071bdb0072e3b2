package fault

import (
	"errors"
	"syscall"
)

// Windows' own numbers of what other systems have names for.
var system = map[syscall.Errno]Kind{
	39: Full, 112: Full, 1295: Full, // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED
	32: Busy, 33: Busy, 10048: Busy, // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION, WSAEADDRINUSE
	123: Invalid, 206: Invalid, 267: Invalid, // ERROR_INVALID_NAME, ERROR_FILENAME_EXCED_RANGE, ERROR_DIRECTORY
	19: Denied, // ERROR_WRITE_PROTECT
}

// ofSystem is the kind of an error that has a name on this system only.
func ofSystem(err error) (Kind, bool) {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return Internal, false
	}
	if kind, known := system[number]; known {
		return kind, true
	}
	return Internal, false // and never OK
}
