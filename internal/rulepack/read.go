package rulepack

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// node is a value in a document.
type node = ast.Node

// entry is one key of a document with its value.
type entry struct {
	key   string
	value node
}

// notRead says that a content is no document of keys.
func notRead() *Refusal {
	return refusal("it cannot be read: write keys and values as in `name: value`, one a line", "无法读取：每行写一个“键: 值”")
}

// readEntries reads a document of keys. It has no anchors, aliases or further documents,
// by which a small one could be huge.
func readEntries(content string) (entries []entry, wrong *Refusal) {
	defer func() {
		if recover() != nil { // the library's, on malformed documents that came over the network
			entries, wrong = nil, notRead()
		}
	}()
	if isDeep(content) {
		return nil, notRead()
	}
	file, err := parser.ParseBytes([]byte(content), 0, parser.AllowDuplicateMapKey())
	if err != nil || len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, notRead()
	}
	return entriesOf(file.Docs[0].Body)
}

// entriesOf are the keys of a mapping, each once.
func entriesOf(n node) (entries []entry, wrong *Refusal) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return nil, notRead()
	}
	met := map[string]bool{}
	for _, v := range values {
		name, ok := textOf(v.Key)
		if !ok || !properKey.MatchString(name) {
			line := v.Key.GetToken().Position.Line
			return nil, refusal(fmt.Sprintf("line %d begins with no key", line), fmt.Sprintf("第 %d 行开头不是键", line))
		}
		if met[name] {
			return nil, refuse(name, "it is given twice", "写了两次")
		}
		met[name] = true
		entries = append(entries, entry{name, v.Value})
	}
	return entries, nil
}

// properKey is what may be repeated to whoever typed it: no numbers of persons.
var properKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,39}$`)

// maxDeep is the deepest nesting: a table has rows, and a row has keys.
const maxDeep = 4

// isDeep finds deep nesting before the parser does, which takes minutes for it.
func isDeep(content string) bool {
	depth, dashes := 0, 0
	for i, c := range []byte(content) {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		case '\n':
			dashes = 0
		case ' ', '\t':
			if i > 0 && (content[i-1] == '-' || content[i-1] == '?') {
				dashes++
			}
		}
		if depth > maxDeep || dashes > 2*maxDeep {
			return true
		}
	}
	return false
}

// textOf is a text or a number as it is written.
func textOf(n node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// wholeOf is a whole number, written with digits alone.
func wholeOf(n node) (int64, bool) {
	if _, isInt := n.(*ast.IntegerNode); !isInt {
		return 0, false
	}
	number, err := strconv.ParseInt(n.GetToken().Value, 10, 64)
	return number, err == nil
}

// fenOf is an amount in yuan, in fen.
func fenOf(n node, most int64) (int64, bool) {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
	default:
		return 0, false
	}
	yuan, part, _ := strings.Cut(n.GetToken().Value, ".")
	if len(part) > 2 || len(yuan) > 12 {
		return 0, false
	}
	whole, err := strconv.ParseUint(yuan, 10, 63)
	fen, wrong := strconv.ParseUint((part + "00")[:2], 10, 63)
	if err != nil || wrong != nil || int64(whole) > most {
		return 0, false
	}
	return int64(whole)*100 + int64(fen), true
}

func boolOf(n node) (bool, bool) {
	b, is := n.(*ast.BoolNode)
	return is && b.Value, is
}
