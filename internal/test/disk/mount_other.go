//go:build !linux

package disk

import (
	"syscall"
	"testing"
)

// Serve does nothing here.
func Serve() {}

// Missing says why this machine cannot record.
func Missing() string { return "the recording file system is for Linux" }

// Recorder is a mounted directory that records what is done in it.
type Recorder struct {
	Dir string
}

// MustMount fails here.
func MustMount(tb testing.TB) *Recorder {
	tb.Helper()
	tb.Fatal(Missing())
	return nil
}

// Mark does nothing here.
func (*Recorder) Mark(testing.TB, string) {}

// FailAt does nothing here.
func (*Recorder) FailAt(testing.TB, int, syscall.Errno, bool) {}

// MustLog returns nothing here.
func (*Recorder) MustLog(testing.TB) Log { return nil }
