package sealed_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // opens files through the VFS

	"tongbu/hub/view/sqlite/sealed"
	"tongbu/internal/fault"
)

const canary = "CANARY-石榴花巷-73"

func mustCipher(t *testing.T, n byte) *sealed.Cipher {
	t.Helper()
	c, err := sealed.NewCipher([32]byte{n})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// mustOpen opens the file through a VFS of the cipher; an empty database is
// made first when there is none.
func mustOpen(t *testing.T, path string, c *sealed.Cipher) *sql.DB {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		first, err := c.Empty()
		if err == nil {
			err = os.WriteFile(path, first, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	v, err := sealed.Register(c)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?vfs="+v.Name()+"&_pragma=temp_store(2)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		_ = db.Close()
		v.Close()
	})
	return db
}

// fill writes the canary into many pages.
func fill(t *testing.T, db *sql.DB) {
	t.Helper()
	for _, text := range []string{"CREATE TABLE r (v TEXT)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 2000) INSERT INTO r SELECT '" + canary + "' || i FROM n"} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
}

func count(t *testing.T, db *sql.DB) (n int, err error) {
	t.Helper()
	return n, db.QueryRowContext(t.Context(), "SELECT count(*) FROM r WHERE v LIKE '"+canary+"%'").Scan(&n)
}

// TestNothingPlain: file and log hold no text that was written, and all of it
// can be read again with the key, by no other.
func TestNothingPlain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := mustOpen(t, path, mustCipher(t, 1))
	fill(t, db)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		raw, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(canary)) {
			t.Errorf("plain text in the file %q", suffix)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := count(t, mustOpen(t, path, mustCipher(t, 1))); n != 2000 || err != nil {
		t.Errorf("with the key: %d rows, %v; want 2000", n, err)
	}
	if n, err := count(t, mustOpen(t, path, mustCipher(t, 2))); err == nil {
		t.Errorf("with another key: %d rows and no error", n)
	}
}

// TestNoJournal: a rollback journal would hold pages in plain.
func TestNoJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := mustOpen(t, path, mustCipher(t, 1))
	fill(t, db)
	if _, err := db.ExecContext(t.Context(), "PRAGMA journal_mode = DELETE"); err == nil {
		if _, err := db.ExecContext(t.Context(), "INSERT INTO r VALUES ('more')"); err == nil {
			t.Error("a write through a rollback journal went through")
		}
	}
	if _, err := os.Stat(path + "-journal"); err == nil {
		t.Error("there is a rollback journal")
	}
}

// TestPageElsewhere: a page is bound to its place in the file.
func TestPageElsewhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := mustOpen(t, path, mustCipher(t, 1))
	fill(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 8192
	copy(raw[4*page:5*page], bytes.Clone(raw[5*page:6*page]))
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := count(t, mustOpen(t, path, mustCipher(t, 1))); err == nil {
		t.Errorf("a page was moved: %d rows and no error", n)
	}
}

func TestNoKey(t *testing.T) {
	if _, err := sealed.NewCipher([32]byte{}); fault.Of(err) != fault.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
}

// TestLongRows: a row of several pages is read back from the file, where SQLite
// reads parts of pages.
func TestLongRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	c := mustCipher(t, 1)
	db := mustOpen(t, path, c)
	for _, text := range []string{"CREATE TABLE r (n INTEGER PRIMARY KEY, v TEXT)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 40) INSERT INTO r SELECT i, printf('%.*c', i*1000, 'x') || '" + canary + "' FROM n",
		"PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = mustOpen(t, path, c)
	for n := 1; n <= 40; n++ {
		var v string
		if err := db.QueryRowContext(t.Context(), "SELECT v FROM r WHERE n = ?", n).Scan(&v); err != nil || len(v) != n*1000+len(canary) {
			t.Errorf("row of %d bytes: got %d, %v", n*1000, len(v), err)
		}
	}
}

// TestLargeTransaction: one that the cache does not hold has its pages in the log before
// it is committed, and writes some of them there once more: then SQLite reads parts of
// the heads of frames.
func TestLargeTransaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	c := mustCipher(t, 1)
	db := mustOpen(t, path, c)
	fill(t, db)
	for _, text := range []string{"PRAGMA cache_size = 10", "BEGIN",
		"UPDATE r SET v = v || printf('%.*c', 200, 'x')", "UPDATE r SET v = v || 'y' WHERE rowid % 100 = 0", "UPDATE r SET v = v || 'z'", "COMMIT"} {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = mustOpen(t, path, c)
	var whole string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&whole); err != nil || whole != "ok" {
		t.Errorf("integrity: %q, %v", whole, err)
	}
	if n, err := count(t, db); n != 2000 || err != nil {
		t.Errorf("%d rows, %v; want 2000", n, err)
	}
}
