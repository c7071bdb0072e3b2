package replica_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// TestOlderJournal: a file that lacks what the last close had seen is served,
// for the network heals it, and said to be so.
func TestOlderJournal(t *testing.T) {
	town := kit.MustTown(t)
	dir := town.MustJoin(t, kit.First)
	path := filepath.Join(dir, replica.JournalFile)
	w := &carrier{Town: town, t: t}
	if w.open(dir, nil) {
		t.Error("a new journal is said to be an older one")
	}
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := town.MustOpen(t, dir)
	kit.MustPut(t, s, "person", `{"id":"p-1","name":"甲"}`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if !w.open(dir, slog.New(slog.NewTextHandler(&log, nil))) || !strings.Contains(log.String(), "older than when it was closed") {
		t.Errorf("nobody is told: %s", log.String())
	}
}

// carrier opens and closes a directory.
type carrier struct {
	*kit.Town
	t *testing.T
}

// open opens the directory, closes it, and returns what its status says.
func (w *carrier) open(dir string, log *slog.Logger) bool {
	w.t.Helper()
	cfg := w.Config(w.t, dir)
	cfg.Log = log
	s, err := replica.Open(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	status, err := operate.New(s, operate.Beyond{}).Status(w.t.Context(), false)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		w.t.Fatal(err)
	}
	return status.Journal.Older
}
