package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s: got %q, %v, want %q", filepath.Base(path), got, err, want)
	}
	if _, err := os.Lstat(path + durable.Unfinished); !os.IsNotExist(err) {
		t.Errorf("%s: an unfinished file was left: %v", filepath.Base(path), err)
	}
}

func TestSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path+durable.Unfinished, []byte("of a process that was killed, and longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := durable.Save(path, false, text("first")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "first")
	if info, err := os.Stat(path); err != nil || (info.Mode().Perm() != 0o600 && runtime.GOOS != "windows") {
		t.Errorf("mode: %v %v", info.Mode(), err)
	}
	if err := durable.Save(path, false, text("second")); fault.Of(err) != fault.Busy {
		t.Errorf("an existing file: got %v, want busy", err)
	}
	failed := errors.New("no more")
	err := durable.Save(path, true, func(w io.Writer) error { return errors.Join(text("half")(w), failed) })
	if !errors.Is(err, failed) {
		t.Errorf("got %v, want %v", err, failed)
	}
	wantFile(t, path, "first")
	if err := durable.Save(path, true, text("third")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "third")
	if err := durable.Save(filepath.Dir(path), true, text("x")); fault.Of(err) != fault.Invalid {
		t.Errorf("a directory: got %v, want invalid", err)
	}
	below := fault.Invalid
	if runtime.GOOS == "windows" { // which says the same as of a missing directory
		below = fault.NotFound
	}
	if err := durable.Save(filepath.Join(path, "x"), true, text("x")); fault.Of(err) != below {
		t.Errorf("below a file: got %v, want %v", err, below)
	}
}

func TestMove(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a.new"), filepath.Join(dir, "a")
	for _, d := range []string{filepath.Join(from, "in"), to} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := durable.SyncTree(from); err != nil {
		t.Error(err)
	}
	if err := durable.Move(from, to); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(to, "in")); err != nil {
		t.Error(err)
	}
	if err := os.Mkdir(from, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Move(from, to); err == nil {
		t.Error("a directory with something in it gave way")
	}
}
