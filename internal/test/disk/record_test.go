package disk_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/test/disk"
)

// mustMount skips where no file system can be mounted.
func mustMount(t testing.TB) *disk.Recorder {
	t.Helper()
	if why := disk.Missing(); why != "" {
		t.Skip("skipped: " + why)
	}
	return disk.MustMount(t)
}

// TestRecord: what a program does is recorded, in order, and no more.
func TestRecord(t *testing.T) {
	r := mustMount(t)
	path := filepath.Join(r.Dir, "a")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("text"), 2)
	r.Mark(t, "written")
	dir, openErr := os.Open(r.Dir)
	err = errors.Join(err, f.Sync(), f.Truncate(3), f.Close(), os.Rename(path, path+"b"), openErr, dir.Sync(), dir.Close())
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(path + "b"); err != nil || string(raw) != "\x00\x00t" {
		t.Errorf("it holds %q, %v", raw, err)
	}
	if err := os.Remove(path + "b"); err != nil {
		t.Fatal(err)
	}
	want := disk.Log{
		{Kind: disk.Create, File: 1, Name: "a"},
		{Kind: disk.Write, File: 1, Off: 2, Data: []byte("text")},
		{Kind: disk.Mark, Name: "written"},
		{Kind: disk.Sync, File: 1},
		{Kind: disk.Truncate, File: 1, Off: 3},
		{Kind: disk.Rename, Name: "a", To: "ab"},
		{Kind: disk.SyncDir},
		{Kind: disk.Remove, Name: "ab"},
	}
	if diff := cmp.Diff(want, r.MustLog(t)); diff != "" {
		t.Error(diff)
	}
}

// TestFailAt: the call that is asked for fails, and leaves nothing.
func TestFailAt(t *testing.T) {
	r := mustMount(t)
	f, err := os.Create(filepath.Join(r.Dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // of no interest
	r.FailAt(t, 2, syscall.EIO, false)
	var got []error
	for _, text := range []string{"one", "two", "six"} {
		_, err := f.WriteString(text)
		got = append(got, errors.Unwrap(err))
	}
	if diff := cmp.Diff([]error{nil, syscall.EIO, nil}, got, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); diff != "" {
		t.Error(diff)
	}
	r.FailAt(t, 1, syscall.ENOSPC, true)
	for range 2 {
		if err := f.Sync(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v, want no room", err)
		}
	}
	r.FailAt(t, 0, 0, false)
	if err := f.Sync(); err != nil {
		t.Error(err)
	}
}
