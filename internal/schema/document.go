package schema

import (
	"bytes"
	"encoding/json"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tongbu/internal/fault"
)

// maxDocument is the longest YAML document, in bytes.
const maxDocument = 256 << 10

// document is one YAML file of declarations.
type document struct {
	Group  Label       `yaml:"group" json:"group"` // the chapter of the kinds in it
	Codes  []*CodeList `yaml:"codes" json:"codes"`
	Common []*Field    `yaml:"common" json:"common"` // fields every kind has
	Kinds  []*Kind     `yaml:"kinds" json:"kinds"`

	number uint64   // of the publication; 0: the program's own
	root   ast.Node // nil: nobody asks for lines
}

func decodeDocument(raw []byte) (*document, error) {
	if len(raw) > maxDocument {
		return nil, fault.New(fault.Invalid, "a schema document has %d bytes, more than %d", len(raw), maxDocument)
	}
	if tooDeep(raw) {
		return nil, fault.New(fault.Invalid, "a schema document is nested too deeply")
	}
	doc, err := unmarshal(raw)
	if err != nil && fault.Of(err) != fault.Invalid {
		return nil, &unread{line: lineOfError(err), err: fault.New(fault.Invalid, "read a schema document: %s", firstLine(yaml.FormatError(err, false, false)))}
	}
	return doc, err
}

// readDeclared reads the documents that this build carries. They are JSON: to read
// YAML takes half a second, and each start would wait for it.
func readDeclared(raw []byte) (docs []*document, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	for d.More() {
		doc := new(document)
		if err := d.Decode(doc); err != nil {
			return nil, fault.As(fault.Internal, "read the declarations", err)
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// Declared is the form in which a build carries documents of declarations: one of
// them a line.
func Declared(raws ...[]byte) ([]byte, error) {
	var all bytes.Buffer
	for _, raw := range raws {
		doc, err := decodeDocument(raw)
		if err != nil {
			return nil, err
		}
		line, err := json.Marshal(doc)
		if err != nil {
			return nil, fault.As(fault.Internal, "write a schema document", err)
		}
		all.Write(append(line, '\n'))
	}
	return all.Bytes(), nil
}

// unmarshal turns the library's panics on malformed documents into errors: an
// addition comes over the network and must not stop the program.
func unmarshal(raw []byte) (doc *document, err error) {
	defer func() {
		if recover() != nil {
			doc, err = nil, fault.New(fault.Invalid, "a schema document is malformed")
		}
	}()
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, err
	}
	if len(file.Docs) > 1 {
		return nil, fault.New(fault.Invalid, "a schema document has `---` in it")
	}
	for _, d := range file.Docs {
		if d.Body != nil && len(ast.Filter(ast.AliasType, d.Body))+len(ast.Filter(ast.AnchorType, d.Body)) > 0 {
			// an alias can make a small document huge
			return nil, fault.New(fault.Invalid, "a schema document may not use anchors and aliases")
		}
	}
	doc = new(document)
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return doc, nil
	}
	doc.root = file.Docs[0].Body
	return doc, yaml.NodeToValue(doc.root, doc, yaml.Strict())
}

// maxDepth is the deepest nesting, far above what declarations need.
const maxDepth = 32

// tooDeep finds deep nesting before the parser does, which takes minutes for
// it. It does not look at quotes: a bracket in a text counts as one.
func tooDeep(raw []byte) bool {
	depth, dashes := 0, 0
	for i, c := range raw {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		case '\n':
			dashes = 0
		case ' ', '\t':
			if i > 0 && (raw[i-1] == '-' || raw[i-1] == '?') {
				dashes++
			}
		}
		if depth > maxDepth || dashes > maxDepth {
			return true
		}
	}
	return false
}
