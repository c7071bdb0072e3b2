package durable

import (
	"os"
	"runtime"
)

// Exposed reports whether others than a file's owner can read or write it, by its
// mode; of a directory whether they can write to it, and so put other files in the
// place of those that are there. It says nothing where modes say nothing, on
// Windows, and of what is not there.
func Exposed(path string) bool {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" {
		return false
	}
	others := os.FileMode(0o066)
	if info.IsDir() {
		others = 0o022
	}
	return info.Mode().Perm()&others != 0
}
