package journal_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// TestOpenAtOnce: of those who open a journal at one moment one has it, and the others
// are told that it is in use; none falls over the note that another has taken.
func TestOpenAtOnce(t *testing.T) {
	path, opts := filepath.Join(t.TempDir(), "journal.db"), journal.Options{Key: [32]byte{1}, Timeout: time.Millisecond}
	first, err := journal.Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				s, err := journal.Open(path, opts)
				if err != nil {
					if fault.Of(err) != fault.Busy {
						t.Error(err)
					}
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
}
