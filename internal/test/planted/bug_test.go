package planted_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

const (
	module = "../../.."
	folder = module + "/testdata/planted"
)

// bug is one file of testdata/planted: what is wrong, in words, then a line
// "suite: PACKAGE PATTERN", then pairs of parts, "FILE old" and "FILE new".
type bug struct {
	name  string
	suite suite
	edits []edit
}

// suite is what must see the bug.
type suite struct{ pkg, run string }

// edit replaces lines that stand in a file exactly once.
type edit struct{ file, old, fresh string }

// mustBugs reads the folder.
func mustBugs(t *testing.T) []bug {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	bugs := make([]bug, len(files))
	for i, file := range files {
		bugs[i] = mustParse(t, file)
	}
	return bugs
}

func mustParse(t *testing.T, file string) bug {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b := bug{name: strings.TrimSuffix(filepath.Base(file), ".txtar")}
	about, line, found := strings.Cut(string(archive.Comment), "suite: ")
	words := strings.Fields(line)
	if !found || len(words) != 2 || strings.TrimSpace(about) == "" {
		t.Fatalf("%s does not say what is wrong and which suite must see it", b.name)
	}
	b.suite = suite{pkg: words[0], run: words[1]}
	for pair := range slices.Chunk(archive.Files, 2) {
		name, isOld := strings.CutSuffix(pair[0].Name, " old")
		if len(pair) != 2 || !isOld || pair[1].Name != name+" new" {
			t.Fatalf("%s: part %q has no fellow", b.name, pair[0].Name)
		}
		b.edits = append(b.edits, edit{file: name, old: string(pair[0].Data), fresh: string(pair[1].Data)})
	}
	if len(b.edits) == 0 {
		t.Fatalf("%s changes nothing", b.name)
	}
	return b
}

// mustOverlay writes the changed files into dir and returns the list of them
// that the go command reads.
func (b bug) mustOverlay(t *testing.T, dir string) string {
	t.Helper()
	root, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	replace, text := map[string]string{}, map[string]string{}
	for _, e := range b.edits {
		if text[e.file] == "" {
			text[e.file] = mustRead(t, filepath.Join(root, e.file))
		}
		if n := strings.Count(text[e.file], e.old); n != 1 {
			t.Fatalf("%s: the lines to replace stand %d times in %s, not once:\n%s", b.name, n, e.file, e.old)
		}
		text[e.file] = strings.Replace(text[e.file], e.old, e.fresh, 1)
		changed := filepath.Join(dir, strings.ReplaceAll(e.file, "/", "_"))
		mustWrite(t, changed, text[e.file])
		replace[filepath.Join(root, e.file)] = changed
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	mustWrite(t, list, string(raw))
	return list
}

func mustRead(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(raw), "\r\n", "\n")
}

func mustWrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
