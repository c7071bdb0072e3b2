package replica_test

import (
	"os"
	"path/filepath"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

func TestOpenRefuses(t *testing.T) {
	w := kit.MustTown(t)
	cfg := w.Config(t, w.RootDir)
	cfg.Dir = t.TempDir()
	if _, err := replica.Open(cfg); fault.Of(err) != fault.NotFound {
		t.Errorf("a directory that has not joined: got %v, want not-found", err)
	}
	dir := w.MustJoin(t, kit.First)
	w.MustOpen(t, dir)
	if _, err := replica.Open(w.Config(t, dir)); fault.Of(err) != fault.Busy {
		t.Errorf("a directory that is served: got %v, want busy", err)
	}
}

func TestOpenOfADamagedJournal(t *testing.T) {
	w := kit.MustTown(t)
	dir := w.MustJoin(t, kit.First)
	if err := os.WriteFile(filepath.Join(dir, replica.JournalFile), []byte("no journal at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := replica.Open(w.Config(t, dir)); fault.Of(err) != fault.Damaged {
		t.Errorf("got %v, want damaged", err)
	}
}

// TestBeforeTheTreeHasCome: the device knows its ancestors and no codes.
func TestBeforeTheTreeHasCome(t *testing.T) {
	w := kit.MustTown(t)
	s := w.MustOpen(t, w.MustJoin(t, kit.First))
	if s.Members.Tree() != nil || !s.Members.Below(kit.Street.ID, kit.First.ID) || s.IsRoot() {
		t.Error("the registry does not begin with what enrolment told")
	}
	city := w.MustCity(t)
	w.MustCarry(t, city, s)
	if got := s.Members.Unit(); got != kit.First {
		t.Errorf("after the city spoke: got %+v, want %+v", got, kit.First)
	}
}

// TestUnits resolves codes as people write them.
func TestUnits(t *testing.T) {
	city := kit.MustTown(t).MustCity(t)
	for text, want := range map[string]fault.Kind{kit.First.Code: fault.OK, string(kit.First.ID): fault.OK, kit.NotOfTown.Code: fault.NotFound, "": fault.NotFound} {
		if _, err := city.Members.UnitOf(text); fault.Of(err) != want {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
	}
}
