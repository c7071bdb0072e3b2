package replica_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongbu/internal/audit"
	"tongbu/internal/fault"
	"tongbu/internal/test/kit"
	"tongbu/node/replica"
)

func mustLook(t *testing.T, at *replica.Replica, n int) {
	t.Helper()
	for range n {
		if err := at.Lookups.Append(t.Context(), replica.LookUp{Entry: audit.Entry{Act: audit.Get, Kind: "person"}}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLostLookups: what a clean close has seen of the log, and the file has not any
// more, is known at the next opening.
func TestLostLookups(t *testing.T) {
	w := kit.MustTiers(t)
	mustLook(t, w.Node, 3)
	dir := w.Node.Dir()
	path := filepath.Join(dir, audit.FileName)
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-1); err != nil {
		t.Fatal(err)
	}
	again, err := replica.Open(w.Config(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close() //nolint:errcheck // only looked at
	if p := again.Lookups.Log().State().Problems; len(p) != 1 || !strings.Contains(p[0].Error(), "entries 3 to 3 are lost") {
		t.Errorf("at opening: %v", p)
	}
	mustLook(t, again, 1)
	if got := again.Lookups.Log().Last().No; got != 4 {
		t.Errorf("went on with %d, want 4", got)
	}
}

// TestLogTakenAway: the work ends when the log's file is taken away, and what it held
// is saved.
func TestLogTakenAway(t *testing.T) {
	w := kit.MustTiers(t)
	mustLook(t, w.Node, 3)
	path := filepath.Join(w.Node.Dir(), audit.FileName)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Skip("a file in use cannot be removed here")
	}
	guard := w.Node.Tasks()[0]
	if err := guard(t.Context()); fault.Of(err) != fault.Damaged || !strings.Contains(fault.Hint(err), path) {
		t.Errorf("got %v (%s)", err, fault.Hint(err))
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("saved %d bytes of %d, %v", len(after), len(before), err)
	}
	if err := w.Node.Lookups.Append(t.Context(), replica.LookUp{}); err == nil {
		t.Error("a look-up was answered that would be lost")
	}
}
