package rows

import (
	"os"

	"golang.org/x/sys/unix"
)

// datasync puts a file's data on the disk.
func datasync(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
