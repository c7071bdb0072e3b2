//go:build !linux && !windows

package replica

// freeBytes is not known here: only a write that fails tells.
func freeBytes(string) (free int64, known bool) { return 0, false }
