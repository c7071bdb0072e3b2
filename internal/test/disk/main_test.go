package disk_test

import (
	"os"
	"testing"

	"tongbu/internal/test/disk"
)

// TestMain runs the tests, or the recording file system when it is started as
// one by a test.
func TestMain(m *testing.M) {
	disk.Serve()
	os.Exit(m.Run())
}
