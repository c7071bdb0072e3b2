package disk_test

import (
	"errors"
	"path/filepath"
	"testing"

	"tongbu/internal/journal"
)

// metaValues are those that the journal keeps for itself and shows nobody.
const metaValues = 1

// TestContentIsAll: what these tests read of a journal is all that it holds; a
// table that they do not know would be checked by nobody.
func TestContentIsAll(t *testing.T) {
	for _, l := range lives(t, 1) {
		w := newWorkplace(t, l.identity)
		imageAfter(l.log).MustWrite(t, w.dir)
		s, err := journal.Open(filepath.Join(w.dir, journalFile), newJudge(l.tape).options())
		if err != nil {
			t.Fatal(err)
		}
		c, err := readContent(s, map[string]bool{})
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Verify(t.Context(), nil)
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		if got := c.values + metaValues; got != report.Values {
			t.Errorf("%s: %d of %d values are read", l.tier, got, report.Values)
		}
	}
}
