package durable

import (
	"errors"
	"os"
	"syscall"
)

// SyncData makes the bytes of a file durable, and its size, but not when it was
// changed: less to write than (*os.File).Sync has.
func SyncData(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		for failed = syscall.EINTR; failed == syscall.EINTR; {
			failed = syscall.Fdatasync(int(fd))
		}
	})
	if err := errors.Join(err, failed); err != nil {
		return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}
