package journal_test

import (
	"os"
	"path/filepath"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// TestTakenAway: a store whose file was deleted or replaced knows it, and
// saves what it has acknowledged beside whatever stands there now.
func TestTakenAway(t *testing.T) {
	for name, replaced := range map[string]bool{"deleted": false, "replaced": true} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			s := mustOpen(t, path, options())
			put := func(value string) error {
				return s.Update(t.Context(), func(tx *journal.Tx) error { return tx.Table("t").Put([]byte("key"), []byte(value)) })
			}
			if err := s.Present(); err != nil {
				t.Fatalf("in its place: %v", err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if replaced {
				if err := os.WriteFile(path, []byte("another"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := put("acknowledged"); err != nil {
				t.Fatal(err)
			}
			if err := s.Present(); fault.Of(err) != fault.Damaged {
				t.Errorf("taken away: got %v, want damaged", err)
			}
			saved, err := s.Rescue()
			if err != nil || (saved == path) == replaced {
				t.Fatalf("rescue: got %q, %v", saved, err)
			}
			if err := put("later"); fault.Of(err) != fault.Damaged {
				t.Errorf("after the rescue: got %v, want damaged", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			wantValue(t, mustOpen(t, saved, options()), "acknowledged")
		})
	}
}

func wantValue(t *testing.T, s *journal.Store, want string) {
	t.Helper()
	err := s.View(func(tx *journal.Tx) error {
		got, err := tx.Table("t").Get([]byte("key"))
		if string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
