//go:build !cgo

package slack_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"tongbu/internal/slack"
)

// fileMemory is how much of files counts as memory of this program, in KiB.
func fileMemory(t *testing.T) int {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(raw), "RssFile:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		t.Skip("the system does not tell")
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRestProgram: what is let go of counts no more, and the program goes on.
func TestRestProgram(t *testing.T) {
	before := fileMemory(t)
	slack.RestProgram()
	if after := fileMemory(t); after >= before {
		t.Errorf("%d KiB of files before, %d after", before, after)
	}
	if got := strings.ToUpper("goes on"); got != "GOES ON" {
		t.Error(got)
	}
}
