package failpoint_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tongbu/internal/failpoint"
)

// root is the module's folder, seen from this one.
const root = "../.."

// TestTable: each point of the table stands in the code once, and each in the
// code stands in the table.
func TestTable(t *testing.T) {
	used := uses(t)
	for _, p := range failpoint.Points() {
		if n := len(used[p.Name]); n != 1 {
			t.Errorf("%s: in the code %d times, want once: %q", p.Name, n, used[p.Name])
		}
		if p.After == "" {
			t.Errorf("%s: nobody says what has been done there", p.Name)
		}
		delete(used, p.Name)
	}
	for name, places := range used {
		t.Errorf("%s: not in the table: %q", name, places)
	}
}

// TestNothingHappens: in the released program a point costs and does nothing.
func TestNothingHappens(t *testing.T) {
	if failpoint.Enabled {
		t.Skip("built with the tag")
	}
	t.Setenv(failpoint.Env, "journal.commit.before=crash")
	cost := testing.AllocsPerRun(100, func() { failpoint.Reach("journal.commit.before") })
	if err := failpoint.Fail("journal.commit.before"); err != nil || cost != 0 {
		t.Errorf("got %v and %v allocations, want nothing", err, cost)
	}
}

// uses finds the places of all points in the program's code, by name.
func uses(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(raw), "failpoint.") {
			return err
		}
		f, err := parser.ParseFile(files, path, raw, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if name, ok := pointOf(n); ok {
				found[name] = append(found[name], files.Position(n.Pos()).String())
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// pointOf is the name of the point that a call reaches; what is no literal is
// shown as "?", which no table has.
func pointOf(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "Reach" && f.Sel.Name != "Fail" || len(call.Args) != 1 {
		return "", false
	}
	if x, ok := f.X.(*ast.Ident); !ok || x.Name != "failpoint" {
		return "", false
	}
	if text, ok := call.Args[0].(*ast.BasicLit); ok {
		if name, err := strconv.Unquote(text.Value); err == nil {
			return name, true
		}
	}
	return "?", true
}
