package stack

import (
	"os"
	"testing"
)

// memory is where directories lie when the system has files in memory: the
// scenarios depend on what is in a file, never on how long its fsync takes.
const memory = "/dev/shm"

func mustDir(tb testing.TB) string {
	tb.Helper()
	if os.Getenv("TMPDIR") != "" {
		return tb.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "tongbu-stack-") //nolint:usetesting // TempDir cannot be told where
	if err != nil {
		return tb.TempDir()
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Error(err)
		}
	})
	return dir
}
