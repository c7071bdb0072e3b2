package schema

import (
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"tongbu/internal/fault"
)

// maxDocument is the longest YAML document, in bytes.
const maxDocument = 256 << 10

// document is one YAML file of declarations.
type document struct {
	Codes  []*CodeList `yaml:"codes"`
	Common []*Field    `yaml:"common"` // fields every kind has
	Kinds  []*Kind     `yaml:"kinds"`
}

func decodeDocument(raw []byte) (*document, error) {
	if len(raw) > maxDocument {
		return nil, fault.New(fault.Invalid, "a schema document has %d bytes, more than %d", len(raw), maxDocument)
	}
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, yamlError(err)
	}
	var doc document
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if len(ast.Filter(ast.AliasType, d.Body)) > 0 || len(ast.Filter(ast.AnchorType, d.Body)) > 0 {
			// an alias can make a small document huge
			return nil, fault.New(fault.Invalid, "a schema document may not use anchors and aliases")
		}
	}
	if err := yaml.UnmarshalWithOptions(raw, &doc, yaml.Strict()); err != nil {
		return nil, yamlError(err)
	}
	return &doc, nil
}

// yamlError keeps the first line of the library's many.
func yamlError(err error) error {
	return fault.New(fault.Invalid, "read a schema document: %s", firstLine(yaml.FormatError(err, false, false)))
}
