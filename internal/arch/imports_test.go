package arch_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// checkFloors wants imports to point down.
func checkFloors(m *module) []string {
	var found []string
	for _, f := range m.files {
		from := floorOf(f.dir())
		if strings.HasSuffix(f.path, "_test.go") || from < 0 {
			continue
		}
		for _, dir := range f.own() {
			if to := floorOf(dir); to > from {
				found = append(found, fmt.Sprintf("%s: %s is on the %s floor, below %s on the %s floor", f.path, f.dir(), floors[from].name, dir, floors[to].name))
			}
		}
	}
	return found
}

// floorOf is the floor a folder is on, -1 for one outside the house.
func floorOf(dir string) int {
	if matchAny(support, dir) {
		return -1
	}
	for i, floor := range floors {
		if matchAny(floor.dirs, dir) {
			return i
		}
	}
	return -1
}

// checkDirections compares the imports of production code with the table.
func checkDirections(m *module) []string {
	var found []string
	for _, f := range m.files {
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		row := slices.IndexFunc(directions, func(d direction) bool { return matches(d.pkg, f.dir()) })
		if row < 0 {
			found = append(found, fmt.Sprintf("%s: package %s has no row in the table of directions", f.path, f.dir()))
			continue
		}
		for _, dir := range f.own() {
			if !matchAny(directions[row].imports, dir) {
				found = append(found, fmt.Sprintf("%s: %s may not import %s", f.path, f.dir(), dir))
			}
		}
	}
	return found
}

// checkSeparate follows the imports of production code to the end.
func checkSeparate(m *module) []string {
	graph := make(map[string][]string)
	for _, f := range m.production() {
		graph[f.dir()] = append(graph[f.dir()], f.own()...)
	}
	var found []string
	for _, rule := range separate {
		for from := range graph {
			if !matches(rule.from, from) {
				continue
			}
			if way := reach(graph, []string{from}, rule.to); way != nil {
				found = append(found, fmt.Sprintf("%s: %s", strings.Join(way, " -> "), rule.why))
			}
		}
	}
	slices.Sort(found)
	return found
}

// reach returns the shortest way from the first folder to one that fits the
// pattern, nil when there is none.
func reach(graph map[string][]string, from []string, pattern string) []string {
	seen := map[string]bool{from[0]: true}
	for ways := [][]string{from}; len(ways) > 0; ways = ways[1:] {
		for _, next := range graph[ways[0][len(ways[0])-1]] {
			way := append(slices.Clone(ways[0]), next)
			if matches(pattern, next) {
				return way
			}
			if !seen[next] {
				seen[next] = true
				ways = append(ways, way)
			}
		}
	}
	return nil
}

// checkHomes wants every library imported in its home only.
func checkHomes(m *module) []string {
	var found []string
	for _, f := range m.files {
		for _, p := range f.imports() {
			if standard(p) || strings.HasPrefix(p, modulePrefix) {
				continue
			}
			if message := homeless(f, p); message != "" {
				found = append(found, fmt.Sprintf("%s: %s", f.path, message))
			}
		}
	}
	return found
}

func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".") && first+"/" != modulePrefix
}

// homeless says why a file may not import a library, "" when it may.
func homeless(f *file, importPath string) string {
	row := homeOf(importPath)
	switch {
	case row == nil:
		return fmt.Sprintf("%s has no row in the table of homes", importPath)
	case row.testsOnly && !f.test():
		return fmt.Sprintf("%s is for tests only", row.lib)
	case !row.testsOnly && !matchAny(row.dirs, f.dir()):
		return fmt.Sprintf("%s is at home in %s only", row.lib, strings.Join(row.dirs, ", "))
	}
	return ""
}

func homeOf(importPath string) *home {
	row := slices.IndexFunc(homes, func(h home) bool { return matches(h.lib+"/...", importPath) })
	if row < 0 {
		return nil
	}
	return &homes[row]
}

// checkRequires wants a home for every library go.mod asks for directly.
func checkRequires(m *module) []string {
	var found []string
	block := false
	for line := range strings.Lines(m.gomod) {
		line = strings.TrimSpace(line)
		switch {
		case line == "require (" || line == ")":
			block = line != ")"
			continue
		case strings.HasPrefix(line, "require "):
			line = strings.TrimPrefix(line, "require ")
		case !block:
			continue
		}
		name, _, _ := strings.Cut(line, " ")
		if name != "" && !strings.HasSuffix(line, "// indirect") && homeOf(name) == nil {
			found = append(found, fmt.Sprintf("go.mod: %s has no row in the table of homes", name))
		}
	}
	return found
}

// checkTestCode wants code for tests out of the program.
func checkTestCode(m *module) []string {
	var found []string
	for _, f := range m.production() {
		found = append(found, m.forTests(f)...)
		for _, p := range f.imports() {
			if dir, own := strings.CutPrefix(p, modulePrefix); p == "testing" || own && testPackage(dir) {
				found = append(found, fmt.Sprintf("%s: production code may not import %s", f.path, p))
			}
		}
	}
	return found
}

// forTests lists where a file uses a method that is there for tests.
func (m *module) forTests(f *file) []string {
	var found []string
	ast.Inspect(f.File, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(seams, s.Sel.Name) {
			found = append(found, fmt.Sprintf("%s: %s is for tests", m.at(n), s.Sel.Name))
		}
		return true
	})
	return found
}
