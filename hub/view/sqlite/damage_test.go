package sqlite_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"tongbu/hub/view"
	"tongbu/hub/view/sqlite"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// made is a view file with some records, closed.
func made(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "view.db")
	v := open(t, path)
	if err := v.Apply(t.Context(), persons(2000), 1); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestUseless opens files that are no view: each is made again.
func TestUseless(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"empty":     func([]byte) []byte { return nil },
		"text":      func([]byte) []byte { return bytes.Repeat([]byte("not a database "), 1000) },
		"cut":       func(raw []byte) []byte { return raw[:len(raw)/2] },
		"cut short": func(raw []byte) []byte { return raw[:100] },
		"no header": func(raw []byte) []byte { clear(raw[:100]); return raw },
		"page 1":    func(raw []byte) []byte { clear(raw[100:4096]); return raw },
	} {
		t.Run(name, func(t *testing.T) {
			path := made(t)
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, spoil(raw), 0o600); err != nil {
				t.Fatal(err)
			}
			v := open(t, path)
			if at, err := v.Applied(t.Context()); err != nil || at != 0 {
				t.Fatalf("applied %d, %v; want 0", at, err)
			}
			if err := v.Apply(t.Context(), persons(10), 1); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestDamageInside spoils pages of rows: whoever meets them is told
// Damaged, and Reset is the way out.
func TestDamageInside(t *testing.T) {
	path := made(t)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := len(raw) / 10 * 9; at < len(raw); at++ { // the tables come first, however many kinds there are
		raw[at] = byte(at * 7)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	v := open(t, path)
	if _, err := v.Digest(t.Context(), ""); fault.Of(err) != fault.Damaged {
		t.Errorf("digest over damaged pages: %v", err)
	}
	if err := v.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := v.Apply(t.Context(), persons(500), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Digest(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

// TestPowerCut cuts the write-ahead log at many places, as a power cut does:
// the file holds a prefix of the calls of Apply, rows and watermark agreeing.
func TestPowerCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "view.db")
	v := open(t, path)
	changes := persons(120)
	digests, begun := []change.Hash{digest(t, v)}, len(read(t, path+"-wal")) // behind the tables
	for i := range 12 {
		if err := v.Apply(t.Context(), changes[i*10:(i+1)*10], uint64(i+1)); err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest(t, v))
	}
	main, log := read(t, path), read(t, path+"-wal")
	seen := map[uint64]bool{}
	for _, part := range []float64{1, 0.99, 0.9, 0.77, 0.6, 0.45, 0.3, 0.1, 0} {
		after := filepath.Join(t.TempDir(), "view.db")
		write(t, after, main)
		write(t, after+"-wal", log[:begun+int(math.Round(part*float64(len(log)-begun)))])
		cut := open(t, after)
		at, err := cut.Applied(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := digest(t, cut); got != digests[at] {
			t.Errorf("with %.2f of the log: watermark %d does not agree with the rows", part, at)
		}
		seen[at] = true
	}
	if len(seen) < 4 {
		t.Errorf("the cuts fell on %d watermarks only", len(seen))
	}
}

func TestOnlyTheOwnerReads(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no file modes")
	}
	path := filepath.Join(t.TempDir(), "view.db")
	v := open(t, path)
	if err := v.Apply(t.Context(), persons(10), 1); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode of %q is %v", suffix, info.Mode().Perm())
		}
	}
}

func TestNoPlace(t *testing.T) {
	_, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "missing", "view.db"), viewtest.MustSchema(t), opts(t))
	if fault.Of(err) != fault.NotFound {
		t.Errorf("a folder that is missing: %v", err)
	}
}

func digest(t *testing.T, v *view.Merged) change.Hash {
	t.Helper()
	sum, err := v.Digest(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
