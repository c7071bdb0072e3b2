package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // makes a file as earlier versions did

	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

const canary = "CANARY-石榴花巷-73"

// marked are changes of persons with a text in them that is easily found.
func marked(n int) []view.Change {
	changes := persons(n)
	for i := range changes {
		changes[i].Change.Fields = changes[i].Change.Fields.With("name", change.Text(fmt.Sprint(canary, i)))
	}
	return changes
}

// plainIn names the files of a directory that hold the canary.
func plainIn(t *testing.T, dir string) (found []string, files int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if bytes.Contains(read(t, filepath.Join(dir, e.Name())), []byte(canary)) {
			found = append(found, e.Name())
		}
	}
	return found, len(entries)
}

// TestNothingPlain searches all that lies on the disk: while the log holds
// the pages, after they came into the file, and after a question that sorts
// everything.
func TestNothingPlain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "view.db")
	t.Setenv("TMPDIR", filepath.Dir(path))
	v := open(t, path)
	changes := marked(3000)
	for i := range 4 {
		if err := v.Apply(t.Context(), changes[i*750:(i+1)*750], uint64(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	q := viewtest.MustQuery(t, viewtest.MustSchema(t), "person", "", "education desc", "id", "name")
	q.Limit = 5000
	if rows, err := v.Rows(t.Context(), q); err != nil || len(rows) != len(changes) {
		t.Fatal(len(rows), err)
	}
	want := digest(t, v)
	if found, files := plainIn(t, filepath.Dir(path)); len(found) > 0 || files != 3 {
		t.Errorf("while it is open: plain text in %v, %d files", found, files)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if found, files := plainIn(t, filepath.Dir(path)); len(found) > 0 || files != 1 {
		t.Errorf("after its close: plain text in %v, %d files", found, files)
	}
	v = open(t, path)
	if at, err := v.Applied(t.Context()); err != nil || at != 4 || digest(t, v) != want {
		t.Errorf("opened again: applied %d, %v", at, err)
	}
}

// TestOtherKey: a view under another key is of no use and made again.
func TestOtherKey(t *testing.T) {
	path := made(t)
	other := opts(t)
	other.Key[0]++
	v, err := sqlite.Open(t.Context(), path, viewtest.MustSchema(t), other)
	if err != nil {
		t.Fatal(err)
	}
	if at, err := v.Applied(t.Context()); err != nil || at != 0 {
		t.Errorf("applied %d, %v; want 0", at, err)
	}
	if err := errors.Join(v.Apply(t.Context(), persons(10), 1), v.Close()); err != nil {
		t.Fatal(err)
	}
	other.Key = [32]byte{}
	_, err = sqlite.Open(t.Context(), path, viewtest.MustSchema(t), other)
	if fault.Of(err) != fault.Invalid {
		t.Errorf("without a key: %v", err)
	}
}

// TestPlainViewIsReplaced: a file of an earlier version, which was not
// encrypted, does not stay.
func TestPlainViewIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "view.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"PRAGMA journal_mode=WAL", "CREATE TABLE meta (name TEXT, value ANY)", "INSERT INTO meta VALUES ('identity', '" + canary + "')"} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if found, _ := plainIn(t, filepath.Dir(path)); len(found) != 1 {
		t.Fatalf("the search finds %v in a plain file", found)
	}
	v := open(t, path)
	if at, err := v.Applied(t.Context()); err != nil || at != 0 {
		t.Errorf("applied %d, %v; want 0", at, err)
	}
	if found, _ := plainIn(t, filepath.Dir(path)); len(found) != 0 {
		t.Errorf("plain text is left in %v", found)
	}
}

// TestTornLog spoils a part of the log, as a power cut leaves sectors that
// were not written: what came before holds.
func TestTornLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "view.db")
	v := open(t, path)
	digests := []change.Hash{digest(t, v)}
	made := len(read(t, path+"-wal")) // the tables, however many kinds there are
	for i := range 8 {
		if err := v.Apply(t.Context(), persons(80)[i*10:(i+1)*10], uint64(i+1)); err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest(t, v))
	}
	main, log := read(t, path), read(t, path+"-wal")
	seen := map[uint64]bool{}
	for from := made; from < len(log); from += (len(log) - made) / 10 {
		torn := bytes.Clone(log)
		for at := from; at < min(from+2000, len(log)); at++ {
			torn[at] = byte(at)
		}
		after := filepath.Join(t.TempDir(), "view.db")
		write(t, after, main)
		write(t, after+"-wal", torn)
		cut := open(t, after)
		at, err := cut.Applied(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := digest(t, cut); got != digests[at] {
			t.Errorf("torn at %d of %d: watermark %d does not agree with the rows", from, len(log), at)
		}
		seen[at] = true
	}
	if len(seen) < 4 {
		t.Errorf("the cuts fell on %d watermarks only", len(seen))
	}
}

// TestPagesAreBoundToTheirPlace: a page that was moved is damage.
func TestPagesAreBoundToTheirPlace(t *testing.T) {
	path := made(t)
	raw := read(t, path)
	rows := len(raw) / 10 * 9 / 8192 * 8192 // the tables come first
	copy(raw[rows:], raw[rows-8192:len(raw)-8192])
	write(t, path, raw)
	v := open(t, path)
	if _, err := v.Digest(t.Context(), ""); fault.Of(err) != fault.Damaged {
		t.Errorf("digest over moved pages: %v", err)
	}
}
