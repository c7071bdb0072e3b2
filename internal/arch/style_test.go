package arch_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// checkPure wants no sockets, files, clocks or goroutines in pure packages.
func checkPure(m *module) []string {
	var found []string
	for _, f := range m.production() {
		if !slices.Contains(pure, f.dir()) {
			continue
		}
		for _, p := range f.imports() {
			if message := impureImport(p); message != "" {
				found = append(found, fmt.Sprintf("%s: %s", f.path, message))
			}
		}
		found = append(found, m.uses(f, clock)...)
		found = append(found, m.goroutines(f)...)
	}
	return found
}

func impureImport(importPath string) string {
	dir, own := strings.CutPrefix(importPath, modulePrefix)
	switch {
	case own && dir != "internal/fault" && !slices.Contains(pure, dir):
		return fmt.Sprintf("a pure package imports pure packages, and %s is none", dir)
	case slices.ContainsFunc(impure, func(p string) bool { return matches(p+"/...", importPath) }):
		return fmt.Sprintf("a pure package may not import %s", importPath)
	}
	return ""
}

// uses lists where a file uses one of the names of package time.
func (m *module) uses(f *file, names []string) []string {
	var found []string
	local := timeName(f)
	if local == "." {
		return []string{f.path + ": package time may not be imported with a dot"}
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && x.Name == local && slices.Contains(names, selector.Sel.Name) {
			found = append(found, fmt.Sprintf("%s: time.%s is not allowed here", m.at(n), selector.Sel.Name))
		}
		return true
	})
	return found
}

// timeName is the name package time has in the file, "" when not imported.
func timeName(f *file) string {
	for _, spec := range f.Imports {
		switch {
		case spec.Path.Value != `"time"`:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return "time"
		}
	}
	return ""
}

func (m *module) goroutines(f *file) []string {
	var found []string
	ast.Inspect(f.File, func(n ast.Node) bool {
		if _, ok := n.(*ast.GoStmt); ok {
			found = append(found, m.at(n)+": a pure package starts no goroutine")
		}
		return true
	})
	return found
}

func (m *module) at(n ast.Node) string {
	p := m.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// checkSleep wants tests that wait for what they wait for.
func checkSleep(m *module) []string {
	var found []string
	for _, f := range m.files {
		if f.test() {
			found = append(found, m.uses(f, []string{"Sleep"})...)
		}
	}
	return found
}

// checkComments wants one package comment, in the usual form, per package.
func checkComments(m *module) []string {
	commented := make(map[string]bool)
	for _, f := range m.files {
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		start := "Package " + f.Name.Name + " "
		if f.Name.Name == "main" {
			start = "Command " + path.Base(f.dir()) + " "
		}
		text := strings.ReplaceAll(f.Doc.Text(), "\n", " ")
		commented[f.dir()] = commented[f.dir()] || strings.HasPrefix(text, start)
	}
	var found []string
	for dir, ok := range commented {
		if !ok {
			found = append(found, fmt.Sprintf("%s: no file has a package comment (\"// Package ...\", \"// Command ...\")", dir))
		}
	}
	slices.Sort(found)
	return found
}

// checkLength wants files a reader can hold in the head.
func checkLength(m *module) []string {
	var found []string
	for _, f := range m.files {
		if !f.generated && f.lines > maxLines {
			found = append(found, fmt.Sprintf("%s: %d lines, more than %d; split it by what it is about", f.path, f.lines, maxLines))
		}
	}
	return found
}
