package nightly_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/node/nightly"
)

const device = "abcdefghijklmnop"

func mustTouch(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func listed(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestPrune: the oldest of its own go, nothing of anybody else's, and the new one stays
// whatever the clock said when others were made.
func TestPrune(t *testing.T) {
	dir := t.TempDir()
	s := nightly.Series{Dir: dir, Device: device}
	day := time.Date(2026, 11, 29, 19, 0, 0, 0, time.UTC)
	var own []string
	for i := range 6 {
		own = append(own, s.Path("420200000000", day.AddDate(0, 0, i)))
	}
	other := nightly.Series{Dir: dir, Device: "qrstuvwxyz234567"}
	foreign := []string{other.Path("420200000000", day), filepath.Join(dir, "city.backup"), filepath.Join(dir, "tongbu-x-"+device+"-20200101T000000Z.backup"),
		filepath.Join(dir, "tongbu-420200000000-"+device+"-2020.backup"), own[0] + ".copy", filepath.Join(dir, "my-"+filepath.Base(own[0]))}
	mustTouch(t, append(slices.Clone(own), foreign...)...)
	if err := os.Mkdir(s.Path("420200000000", day.AddDate(-1, 0, 0)), 0o700); err != nil {
		t.Fatal(err)
	}
	recoded := s.Path("420299000000", day.AddDate(0, 0, -1)) // the unit's code was another
	mustTouch(t, recoded)
	newest := own[2] // the three after it were made while the clock was ahead
	if err := s.Prune(newest, 3); err != nil {
		t.Fatal(err)
	}
	left := listed(t, dir)
	for i, path := range own {
		if got, want := slices.Contains(left, filepath.Base(path)), i == 2 || i >= 4; got != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(path), got, want)
		}
	}
	for _, path := range foreign {
		if !slices.Contains(left, filepath.Base(path)) {
			t.Errorf("%s was removed", filepath.Base(path))
		}
	}
	if slices.Contains(left, filepath.Base(recoded)) {
		t.Error("one of before the code changed stays for ever")
	}
	if !slices.ContainsFunc(left, func(name string) bool { return strings.Contains(name, "20251129") }) {
		t.Error("a directory was removed")
	}
}

// TestSweep removes what was left unfinished of its own.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s := nightly.Series{Dir: dir, Device: device}
	path := s.Path("", time.Unix(0, 0))
	other := nightly.Series{Dir: dir, Device: "qrstuvwxyz234567"}.Path("", time.Unix(0, 0))
	mustTouch(t, path, path+".new", other+".new", filepath.Join(dir, "notes.new"))
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	want := []string{"notes.new", filepath.Base(path), filepath.Base(other) + ".new"}
	if diff := cmp.Diff(want, listed(t, dir)); diff != "" {
		t.Error(diff)
	}
}
