//go:build unix

package replica

import (
	"os"
	"syscall"
)

// SameDisk reports whether two paths lie in one file system; false where the system does
// not tell.
func SameDisk(a, b string) (same, known bool) {
	first, known1 := diskOf(a)
	second, known2 := diskOf(b)
	return first == second, known1 && known2
}

func diskOf(path string) (uint64, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, false
	}
	st, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, false
	}
	return uint64(st.Dev), true //nolint:unconvert // another type elsewhere
}
