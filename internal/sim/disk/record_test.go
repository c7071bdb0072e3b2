package disk_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"tongbu/internal/journal"
	"tongbu/internal/sim/disk"
)

// mustMount skips where no file system can be mounted.
func mustMount(t testing.TB) *disk.Recorder {
	t.Helper()
	if why := disk.Missing(); why != "" {
		t.Skip("skipped: " + why)
	}
	return disk.MustMount(t)
}

func TestRecord(t *testing.T) {
	r := mustMount(t)
	s, err := journal.Open(filepath.Join(r.Dir, "journal.db"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		r.Mark(t, fmt.Sprint("begin ", i))
		if err := s.Update(t.Context(), func(tx *journal.Tx) error { return tx.Table("x").Put([]byte{byte(i)}, make([]byte, 100)) }); err != nil {
			t.Fatal(err)
		}
		r.Mark(t, fmt.Sprint("ack ", i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, op := range r.MustLog(t) {
		t.Log(op.Kind, op.File, op.Name, op.To, op.Off, len(op.Data))
	}
}
