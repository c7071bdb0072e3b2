package arch_test

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const modulePrefix = "tongbu/"

// module is every Go file of the module, and its go.mod.
type module struct {
	fset  *token.FileSet
	files []*file
	gomod string
}

// file is one parsed Go file; its path is relative to the module.
type file struct {
	*ast.File
	path      string
	lines     int
	generated bool
}

func (f *file) dir() string { return path.Dir(f.path) }

// test reports whether the file is a test, or of a package that helps tests.
func (f *file) test() bool { return strings.HasSuffix(f.path, "_test.go") || testPackage(f.dir()) }

func testPackage(dir string) bool {
	return matchAny(support, dir) || strings.HasSuffix(path.Base(dir), "test")
}

// imports returns the import paths of the file.
func (f *file) imports() []string {
	paths := make([]string, 0, len(f.Imports))
	for _, spec := range f.Imports {
		p, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		paths = append(paths, p)
	}
	return paths
}

// own returns the folders of the module that the file imports.
func (f *file) own() []string {
	var dirs []string
	for _, p := range f.imports() {
		if dir, ok := strings.CutPrefix(p, modulePrefix); ok {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// load reads a module; nested modules and test data are not part of it.
func load(fsys fs.FS) (*module, error) {
	m := &module{fset: token.NewFileSet()}
	gomod, err := fs.ReadFile(fsys, "go.mod")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	m.gomod = string(gomod)
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && foreign(fsys, name):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		return m.add(fsys, name)
	})
	return m, err
}

func foreign(fsys fs.FS, dir string) bool {
	base := path.Base(dir)
	if dir == "bin" || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil
}

// never marks files that no build takes in.
var never = regexp.MustCompile(`(?m)^//go:build (never|ignore)$`)

func (m *module) add(fsys fs.FS, name string) error {
	src, err := fs.ReadFile(fsys, name)
	if err != nil || never.Match(src) {
		return err
	}
	parsed, err := parser.ParseFile(m.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	m.files = append(m.files, &file{
		File: parsed, path: name, lines: bytes.Count(src, []byte("\n")), generated: ast.IsGenerated(parsed),
	})
	return nil
}

// production returns the files that are built into the program.
func (m *module) production() []*file {
	return slices.DeleteFunc(slices.Clone(m.files), (*file).test)
}

// matches reports whether a folder fits a pattern.
func matches(pattern, dir string) bool {
	root, below := strings.CutSuffix(pattern, "/...")
	return dir == root || below && strings.HasPrefix(dir, root+"/")
}

func matchAny(patterns []string, dir string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, dir) })
}
