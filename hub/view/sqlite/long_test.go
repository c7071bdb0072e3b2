package sqlite_test

import (
	"path/filepath"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
)

// TestLongRecord: what is stored of a record that was edited two thousand times
// takes several pages; it can be read from the file, and edited again.
func TestLongRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "view.db")
	edits := persons(2001)
	for i := range edits {
		edits[i].Change.Record, edits[i].Raw = edits[0].Change.Record, nil
		edits[i].Arrival = uint64(i/500 + 1)
	}
	v := open(t, path)
	for i, some := range [][]view.Change{edits[:1000], edits[1000:2000]} {
		if err := v.Apply(t.Context(), some, uint64(2*i+2)); err != nil {
			t.Fatal(err)
		}
	}
	before := mustDigest(t, v)
	if err := v.Close(); err != nil { // what is in the log goes to the file
		t.Fatal(err)
	}
	v = open(t, path)
	if got := mustDigest(t, v); got != before {
		t.Errorf("read back it is %x, was %x", got, before)
	}
	if err := v.Apply(t.Context(), edits[2000:], 5); err != nil {
		t.Errorf("another edit: %v", err)
	}
	if got := mustDigest(t, v); got == before {
		t.Error("another edit changes nothing")
	}
}

func mustDigest(t *testing.T, v *view.Merged) change.Hash {
	t.Helper()
	d, err := v.Digest(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}
