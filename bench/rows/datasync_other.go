//go:build !linux

package rows

import "os"

// datasync puts a file's data on the disk.
func datasync(f *os.File) error { return f.Sync() }
