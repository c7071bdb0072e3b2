package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/tools/cover"
)

// widenFile adds to a coverage profile of the package in dir what widen finds.
func widenFile(file, dir string) error {
	profiles, err := cover.ParseProfiles(file)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	for _, p := range profiles {
		source, err := os.ReadFile(filepath.Join(dir, path.Base(p.FileName)))
		if err != nil {
			return err
		}
		lines, err := widen(p, source)
		if err != nil {
			return err
		}
		if _, err := out.WriteString(lines); err != nil {
			return err
		}
	}
	return out.Close()
}

// widen makes a block of the conditions of each case of each switch that was reached.
func widen(p *cover.Profile, source []byte) (string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, p.FileName, source, 0)
	if err != nil {
		return "", err
	}
	var lines strings.Builder
	ast.Inspect(file, func(n ast.Node) bool {
		s, is := n.(*ast.SwitchStmt)
		if !is || !reached(p, set.Position(s.Switch)) {
			return true
		}
		for _, stmt := range s.Body.List {
			if c := stmt.(*ast.CaseClause); len(c.List) > 0 {
				from, to := set.Position(c.Case), set.Position(c.Colon)
				fmt.Fprintf(&lines, "%s:%d.%d,%d.%d 1 1\n", p.FileName, from.Line, from.Column, to.Line, to.Column)
			}
		}
		return true
	})
	return lines.String(), nil
}

// reached reports whether a place is in a block that was run.
func reached(p *cover.Profile, at token.Position) bool {
	for _, b := range p.Blocks {
		after := b.StartLine < at.Line || b.StartLine == at.Line && b.StartCol <= at.Column
		before := at.Line < b.EndLine || at.Line == b.EndLine && at.Column <= b.EndCol
		if b.Count > 0 && after && before {
			return true
		}
	}
	return false
}
