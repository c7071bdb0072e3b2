package tier

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// ProbeCommand is the hidden command that checks one journal: tongbu probe
// FILE.
const ProbeCommand = "probe"

// probeApart checks a journal in a process of its own: a damaged page can end
// the process that reads it.
func probeApart(path string) error {
	self, err := os.Executable()
	if err != nil || strings.HasSuffix(filepath.Base(self), ".test") {
		return journal.Probe(path)
	}
	var words strings.Builder
	child := exec.Command(self, ProbeCommand, path)
	child.Stderr = &words
	if err := child.Run(); err != nil {
		return fault.New(fault.Damaged, "%s", strings.TrimPrefix(strings.Join(strings.Fields(words.String()), " "), "tongbu: "))
	}
	return nil
}
