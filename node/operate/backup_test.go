package operate_test

import (
	"bytes"
	"errors"
	"testing"

	"tongbu/internal/backup"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
)

// TestBackup: what is extracted from it opens as the directory was.
func TestBackup(t *testing.T) {
	w := kit.MustTiers(t)
	kit.MustPut(t, w.Node, "person", `{"id":"p-1","name":"甲"}`)
	var out bytes.Buffer
	if err := at(w.Node).Backup(&out); err != nil {
		t.Fatal(err)
	}
	kit.MustPut(t, w.Node, "person", `{"id":"p-2","name":"乙"}`)
	into := t.TempDir()
	m, err := backup.Extract(&out, into, func(*backup.Manifest) error { return nil })
	if err != nil || !m.Signed() || m.Device != w.Node.Keys.Device() || m.Unit != kit.First.ID || m.Code != kit.First.Code || m.Tier != "community" ||
		m.Network != string(w.Node.Place.Network) || m.Incarnation != 1 || m.Authority != w.Node.Keys.Authority().String() || len(m.Strays) != 0 || !m.Time.Equal(w.Clock.Now()) {
		t.Errorf("got %+v, %v", m, err)
	}
	restored := w.MustOpen(t, into)
	if got := kit.MustList(t, restored, "person", ""); len(got) != 1 || got[0] != kit.Name(kit.First, "person", "p-1") {
		t.Errorf("got %v, want what there was", got)
	}
	wantNoProblems(t, restored)
}

// TestOneCopyAtATime: a backup and carried files share one place.
func TestOneCopyAtATime(t *testing.T) {
	w := kit.MustTiers(t)
	_, end, err := w.Node.Spool.Create()
	if err != nil {
		t.Fatal(err)
	}
	_, out := at(w.Node).CarryOut(t.Context(), new(bytes.Buffer), "", false)
	_, in := at(w.Node).CarryIn(t.Context(), new(bytes.Buffer))
	for _, err := range []error{at(w.Node).Backup(new(bytes.Buffer)), out, in} {
		kit.WantKind(t, err, fault.Busy)
	}
	end()
	if err := at(w.Node).Backup(new(bytes.Buffer)); err != nil {
		t.Error(err)
	}
}

// TestBackupToABrokenPipe: the writer's failure is told, and the next one works.
func TestBackupToABrokenPipe(t *testing.T) {
	w := kit.MustTiers(t)
	gone := errors.New("gone")
	if err := at(w.Node).Backup(broken{gone}); !errors.Is(err, gone) {
		t.Errorf("got %v, want the writer's failure", err)
	}
	if err := at(w.Node).Backup(new(bytes.Buffer)); err != nil {
		t.Error(err)
	}
}

type broken struct{ err error }

// Write implements io.Writer.
func (b broken) Write([]byte) (int, error) { return 0, b.err }
