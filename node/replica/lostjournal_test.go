package replica_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
	"tongbu/node/replica"
)

// mustServeOnce opens and closes a directory, with what a served one has.
func mustServeOnce(t *testing.T, w *kit.Town, dir string) {
	t.Helper()
	if err := w.MustOpen(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, replica.StandingFile), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustRename(t *testing.T, dir, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		t.Fatal(err)
	}
}

func mustIncarnation(t *testing.T, s *replica.Replica) uint32 {
	t.Helper()
	n, err := s.Streams.Incarnation()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestCityWithoutJournal: a city begins no empty journal, however often it is started, and
// says what to do; restored, the journal is as it was.
func TestCityWithoutJournal(t *testing.T) {
	for trace, want := range map[string]string{"": "put it back", ".damaged-12": "restore the newest backup", ".rescued-12": "rename that to journal.db"} {
		t.Run("trace"+trace, func(t *testing.T) {
			w := kit.MustTown(t)
			mustServeOnce(t, w, w.RootDir)
			before, aside := mustRead(t, w.RootDir, replica.JournalFile), "aside"
			if trace != "" {
				aside = replica.JournalFile + trace
			}
			mustRename(t, w.RootDir, replica.JournalFile, aside)
			cfg := w.Config(t, w.RootDir)
			cfg.New = false
			for range 2 {
				if _, err := replica.Open(cfg); fault.Of(err) != fault.Damaged || !strings.Contains(fault.Hint(err), want) {
					t.Errorf("got %v (%s), want damaged, and to %s", err, fault.Hint(err), want)
				}
			}
			mustRename(t, w.RootDir, aside, replica.JournalFile)
			if string(before) != string(mustRead(t, w.RootDir, replica.JournalFile)) {
				t.Error("the journal is another")
			}
			s, err := replica.Open(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if n := mustIncarnation(t, s); n != 1 {
				t.Errorf("restored: incarnation %d, want 1", n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func mustRead(t *testing.T, dir, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestRescuedJournal: where the journal is missing the newest copy that was saved is used,
// under a new incarnation, once.
func TestRescuedJournal(t *testing.T) {
	for name, unit := range map[string]tree.Unit{"node": kit.First, "hub": kit.Street} {
		t.Run(name, func(t *testing.T) {
			w := kit.MustTown(t)
			dir := w.MustJoin(t, unit)
			mustServeOnce(t, w, dir)
			mustRename(t, dir, replica.JournalFile, replica.JournalFile+".rescued-200")
			if err := os.WriteFile(filepath.Join(dir, replica.JournalFile+".rescued-99"), []byte("older"), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg := w.Config(t, dir)
			cfg.New = false
			var last uint32
			for start := range 2 {
				s, err := replica.Open(cfg)
				if err != nil {
					t.Fatal(err)
				}
				n := mustIncarnation(t, s)
				if start == 0 && n <= 1 || start == 1 && n != last {
					t.Errorf("start %d: incarnation %d after %d", start, n, last)
				}
				last = n
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.Lstat(filepath.Join(dir, replica.JournalFile+".rescued-99")); err != nil {
				t.Errorf("the older copy: %v", err)
			}
		})
	}
}

// TestLostJournal: a directory that was served and whose journal vanished with its note of
// a clean close goes on under a new incarnation; one that was never served under its first.
func TestLostJournal(t *testing.T) {
	for name, served := range map[string]bool{"served": true, "new": false} {
		t.Run(name, func(t *testing.T) {
			w := kit.MustTown(t)
			dir := w.MustJoin(t, kit.First)
			if served {
				mustServeOnce(t, w, dir)
				for _, file := range []string{replica.JournalFile, replica.JournalFile + ".clean"} {
					if err := os.Remove(filepath.Join(dir, file)); err != nil {
						t.Fatal(err)
					}
				}
			}
			cfg := w.Config(t, dir)
			cfg.New = false
			s, err := replica.Open(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if n := mustIncarnation(t, s); n > 1 != served {
				t.Errorf("incarnation %d", n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestAdoptionCutShort: the process ended between the saved copy's move and the new
// incarnation.
func TestAdoptionCutShort(t *testing.T) {
	w := kit.MustTown(t)
	dir := w.MustJoin(t, kit.First)
	mustServeOnce(t, w, dir)
	note := filepath.Join(dir, replica.JournalFile+".adopted")
	if err := os.WriteFile(note, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := w.MustOpen(t, dir)
	if n := mustIncarnation(t, s); n <= 1 {
		t.Errorf("goes on under incarnation %d", n)
	}
	if _, err := os.Lstat(note); err == nil {
		t.Error("the note is still there")
	}
}
