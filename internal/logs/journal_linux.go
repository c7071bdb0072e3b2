package logs

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// InJournal reports whether a file leads into systemd's journal, by the number that
// systemd gives a process in JOURNAL_STREAM: a command that the process runs has the
// variable too, but may write elsewhere.
func InJournal(f *os.File, environ []string) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return false
	}
	want := fmt.Sprintf("JOURNAL_STREAM=%d:%d", stat.Dev, stat.Ino)
	for _, pair := range environ {
		if strings.HasPrefix(pair, "JOURNAL_STREAM=") {
			return pair == want
		}
	}
	return false
}
