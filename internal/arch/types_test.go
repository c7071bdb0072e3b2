package arch_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// checkEmbedding wants the bodies as fields with names: a type that embeds one
// has all its methods, and nobody sees any more which it needs.
func checkEmbedding(m *module) []string {
	var found []string
	for _, f := range m.files {
		ast.Inspect(f.File, func(n ast.Node) bool {
			s, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range s.Fields.List {
				if len(field.Names) > 0 {
					continue
				}
				if name := f.bodyName(field.Type); name != "" {
					found = append(found, fmt.Sprintf("%s: a type embeds %s; hold it in a field", m.at(field), name))
				}
			}
			return true
		})
	}
	return found
}

// bodyName is the name of the body that an expression of a type stands for, ""
// for another type.
func (f *file) bodyName(expr ast.Expr) string {
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	dir, name := f.dir(), ""
	switch x := expr.(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.SelectorExpr:
		pkg, ok := x.X.(*ast.Ident)
		if !ok {
			return ""
		}
		dir, name = f.folderOf(pkg.Name), x.Sel.Name
	}
	for _, b := range bodies {
		if b.dir == dir && b.name == name {
			return b.dir + "." + b.name
		}
	}
	return ""
}

// folderOf is the folder of the module that a file knows by a name.
func (f *file) folderOf(name string) string {
	for i, p := range f.imports() {
		dir, own := strings.CutPrefix(p, modulePrefix)
		local := dir[strings.LastIndex(dir, "/")+1:]
		if f.Imports[i].Name != nil {
			local = f.Imports[i].Name.Name
		}
		if own && local == name {
			return dir
		}
	}
	return ""
}

// checkMethods wants types that a reader can hold in the head.
func checkMethods(m *module) []string {
	count := map[string]int{}
	for _, f := range m.production() {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.IsExported() && !f.generated {
				count[f.dir()+"."+receiverName(fn)]++
			}
		}
	}
	var found []string
	for name, n := range count {
		if n > maxMethods {
			found = append(found, fmt.Sprintf("%s has %d exported methods, more than %d", name, n, maxMethods))
		}
	}
	slices.Sort(found)
	return found
}

func receiverName(fn *ast.FuncDecl) string {
	expr := fn.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if generic, ok := expr.(*ast.IndexExpr); ok {
		expr = generic.X
	}
	if name, ok := expr.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
