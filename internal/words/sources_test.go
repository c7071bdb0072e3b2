package words_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the module's folder.
const root = "../.."

// messages are the templates of all messages for people in the product's source,
// each with a place where it stands.
func messages(t *testing.T) map[string]string { return collect(t, textsOf) }

// constants are all texts of the source: a message may pass through a variable.
func constants(t *testing.T) map[string]string {
	return collect(t, func(n ast.Node) []string {
		if e, ok := n.(ast.Expr); ok {
			return paragraphs(literal(e))
		}
		return nil
	})
}

func collect(t *testing.T, texts func(ast.Node) []string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return skipFolder(path, entry, err)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".pb.go") {
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if isPair(n) {
				return false
			}
			for _, text := range texts(n) {
				found[text] = files.Position(n.Pos()).String()
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

// isPair reports whether a node has its Chinese beside it: a text of the pages, or what a
// visit says in both languages.
func isPair(n ast.Node) bool {
	switch x := n.(type) {
	case *ast.CompositeLit:
		of := x.Type
		if list, ok := of.(*ast.ArrayType); ok {
			of = list.Elt
		}
		if from, ok := of.(*ast.SelectorExpr); ok {
			of = from.Sel
		}
		name, ok := of.(*ast.Ident)
		return ok && name.Name == "Text"
	case *ast.CallExpr:
		return called(x) == "Say" && len(x.Args) > 0 && slices.ContainsFunc(literal(x.Args[0]), func(text string) bool { return hanCharacters.MatchString(text) })
	}
	return false
}

var hanCharacters = regexp.MustCompile(`[\p{Han}、。，：（）；]`)

// skipFolder leaves out what is no part of the product.
func skipFolder(path string, entry fs.DirEntry, err error) error {
	if err != nil || entry == nil || !entry.IsDir() {
		return err
	}
	rel, _ := filepath.Rel(root, path)
	switch rel {
	case "bench", "bin", "hub/view/viewtest", "internal/backup/backuptest", "tools", "testdata", "proto", "docs", ".git", "internal/test", "internal/arch", "internal/failpoint":
		return fs.SkipDir
	}
	return nil
}

// textsOf are the messages that one call or literal makes.
func textsOf(n ast.Node) []string {
	switch x := n.(type) {
	case *ast.CallExpr:
		at, known := messageArguments[called(x)]
		if !known {
			return nil
		}
		if at < 0 {
			at += len(x.Args)
		}
		if at < 0 || at >= len(x.Args) {
			return nil
		}
		if name := called(x); name == "row" {
			return append(literal(x.Args[0]), literal(x.Args[1])...)
		}
		return literal(x.Args[at])
	case *ast.ValueSpec:
		if x.Names[0].Name == "typeHints" {
			return valuesOf(x)
		}
	case *ast.KeyValueExpr:
		if key, ok := x.Key.(*ast.Ident); ok && (key.Name == "Short" || key.Name == "Long" || key.Name == "Example" || key.Name == "Hint") {
			return paragraphs(literal(x.Value))
		} else if ok && key.Name == "En" {
			return sentences(literal(x.Value))
		}
	}
	return nil
}

// sentences leaves out labels of one or two words.
func sentences(texts []string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return strings.Count(text, " ") < 2 })
}

// valuesOf are the texts of a table.
func valuesOf(table *ast.ValueSpec) (texts []string) {
	if list, ok := table.Values[0].(*ast.CompositeLit); ok {
		for _, element := range list.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				texts = append(texts, literal(pair.Value)...)
			}
		}
	}
	return texts
}

// messageArguments says which argument of a function is a template; a negative
// one counts from the end.
var messageArguments = map[string]int{
	"fault.New": 1, "fault.Wrap": 0, "fault.As": 1, "WithHint": 0,
	"badChoice": 0, "badJSON": 1, "problem": 2, "problemIf": 2,
	"say": 0, "printLine": 0, "Say": 0, "row": 1, "tell": 0,
	"StringVar": -1, "BoolVar": -1, "IntVar": -1, "DurationVar": -1, "StringVarP": -1, "BoolVarP": -1,
	"StringSliceVar": -1, "StringArrayVar": -1, "Uint64Var": -1, "Int64Var": -1, "UintVar": -1, "Uint32Var": -1,
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == "fault" {
			return "fault." + f.Sel.Name
		}
		return f.Sel.Name
	}
	return ""
}

// literal is the text of a constant expression of literals; "" and "%s" say
// nothing of their own.
func literal(e ast.Expr) []string {
	text, ok := constant(e)
	if !ok || strings.TrimSpace(strings.ReplaceAll(text, "%s", "")) == "" {
		return nil
	}
	return []string{text}
}

// paragraphs are what a text of the help is turned by.
func paragraphs(texts []string) []string {
	var parts []string
	for _, text := range texts {
		for part := range strings.SplitSeq(text, "\n\n") {
			parts = append(parts, strings.TrimSpace(part))
		}
	}
	return parts
}

func constant(e ast.Expr) (string, bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(x.Value)
		return text, err == nil && x.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := constant(x.X)
		right, ok2 := constant(x.Y)
		return left + right, ok && ok2
	}
	return "", false
}
