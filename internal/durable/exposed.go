package durable

import (
	"os"
	"runtime"
)

// Exposed reports whether others than a file's owner can read or write it, by its
// mode. It says nothing where modes say nothing, on Windows, and of a file that is
// not there.
func Exposed(path string) bool {
	info, err := os.Stat(path)
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o066 != 0
}
