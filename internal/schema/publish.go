package schema

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"tongbu/internal/fault"
)

// Bounds of what a city publishes.
const (
	MaxPublications = 500
	MaxPublished    = 40_000 // bytes of a document
)

// Publication is what the city has said once: a document, or the name that it
// withdraws.
type Publication struct {
	Number    uint64
	ID        string // tells apart two of one number, which a restored city may have said
	On        int64  // Unix milliseconds
	Document  []byte // empty for a withdrawal
	Withdraws string
	Reason    string
}

// Objection is why a publication, or a part of it, is not taken.
type Objection struct {
	Line    int    `json:"line"` // from 1; 0: none of it
	Rule    string `json:"rule"` // see DESIGN.md
	Message string `json:"message"`
}

// Heard is a publication with what became of it.
type Heard struct {
	Publication
	Adds     []string
	Problems []Objection // of one that is left out
}

// Hear returns the schema with publications, each judged against the one before it in
// the order of their numbers. What may not be published is left out and says why; so
// whoever has heard the same has the same additions. They are in that order.
func (s *Schema) Hear(all []Publication) (*Schema, []Heard) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Publication) int { return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID)) })
	heard := make([]Heard, len(all))
	for i, p := range all {
		heard[i].Publication = p
		next := s
		switch {
		case p.Number == 0:
			heard[i].Problems = []Objection{{Rule: "document", Message: "the publication has no number"}}
		case i >= MaxPublications:
			heard[i].Problems = []Objection{{Rule: "many", Message: "more publications than a schema takes"}}
		case p.Withdraws != "":
			var err error
			if next, err = s.Withdraw(p.Number, p.Withdraws); err != nil {
				heard[i].Problems = []Objection{{Rule: "unknown", Message: err.Error()}}
			}
		default:
			next, heard[i].Adds, heard[i].Problems = s.take(p.Number, p.Document, 0)
		}
		if heard[i].Problems == nil {
			s = next
		}
		if s.version < p.Number {
			counted := *s
			counted.version, s = p.Number, &counted
		}
	}
	return s, heard
}

// Version is the number of the newest publication that was heard; 0: none.
func (s *Schema) Version() uint64 { return s.version }

// Publish judges a document that the city is about to publish under a number, and
// returns the schema with it and the names that it adds; or all problems that were
// found, and nothing else.
func (s *Schema) Publish(number uint64, raw []byte) (next *Schema, adds []string, problems []Objection) {
	return s.take(number, raw, number)
}

// take adds a document. With strict, nothing of it may be of the program's already.
func (s *Schema) take(number uint64, raw []byte, strict uint64) (next *Schema, adds []string, problems []Objection) {
	doc, problems := readPublication(raw)
	if problems != nil {
		return nil, nil, problems
	}
	doc.number = number
	o := objector{doc: doc, known: s, strict: strict > 0}
	if o.judge(); o.found != nil {
		return nil, nil, o.found
	}
	b := s.with(append(slices.Clone(s.docs), doc))
	b.strict, b.s.version = strict, number
	next, err := b.build()
	if err != nil {
		return nil, nil, []Objection{{Line: doc.line(b.places[b.current]...), Rule: ruleOf(err), Message: err.Error()}}
	}
	doc.root = nil // of no use any more
	return next, doc.adds(), nil
}

// ruleOf tells a name that something else has from the rest of what a builder finds.
func ruleOf(err error) string {
	if c := (*clash)(nil); errors.As(err, &c) {
		return "taken"
	}
	return "declaration"
}

// Withdraw returns the schema in which something that was published is no longer
// offered: `x.kind`, `kind.x.field` or `list:code`. It returns NotFound for a name
// that was not published.
func (s *Schema) Withdraw(number uint64, name string) (*Schema, error) {
	if !s.isPublished(name) {
		return nil, fault.New(fault.NotFound, "nothing that was published is named %s", quoteName(name)).
			WithHint("name it as tongbu schema publications shows it: x.kind, kind.x.field or list:code")
	}
	b := s.with(s.docs)
	b.s.version, b.s.withdrawn = number, map[string]bool{name: true}
	for was := range s.withdrawn {
		b.s.withdrawn[was] = true
	}
	return b.build()
}

// IsWithdrawn reports whether the city no longer offers what it had published under
// the name.
func (s *Schema) IsWithdrawn(name string) bool { return s.withdrawn[name] }

// isPublished reports whether the name is of a published kind, field or code.
func (s *Schema) isPublished(name string) bool {
	if list, code, isCode := strings.Cut(name, ":"); isCode {
		l := s.lists[list]
		if l == nil {
			return false
		}
		item, ok := l.Item(code)
		return ok && item.Published > 0
	}
	if k := s.byName[name]; k != nil {
		return k.Published > 0
	}
	at := strings.LastIndex(name, ".x.")
	if at < 0 {
		return false
	}
	k := s.byName[name[:at]]
	return k != nil && slices.ContainsFunc(k.Fields, func(f *Field) bool { return f.Name == name[at+1:] && f.Published > 0 })
}

// readPublication reads a document and what is wrong with it as a whole.
func readPublication(raw []byte) (*document, []Objection) {
	if len(raw) > MaxPublished {
		return nil, []Objection{{Rule: "document", Message: "the document is longer than a publication may be: publish it in parts"}}
	}
	doc, err := decodeDocument(raw)
	if err == nil {
		return doc, nil
	}
	line := 1
	if u := (*unread)(nil); errors.As(err, &u) {
		line = max(u.line, 1)
	}
	return nil, []Objection{{Line: line, Rule: "document", Message: err.Error()}}
}

// unread is why a document cannot be read, with the line.
type unread struct {
	line int
	err  error
}

func (u *unread) Error() string { return u.err.Error() }

func (u *unread) Unwrap() error { return u.err }

func lineOfError(err error) int {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		return at.GetToken().Position.Line
	}
	return 1
}

// line is where a part of the document stands, or as much of the way to it as there
// is.
func (d *document) line(at ...any) int {
	node, line := d.root, 1
	for _, step := range at {
		if node == nil {
			return line
		}
		next := stepInto(node, step)
		if next == nil {
			return line
		}
		node = next
		if t := node.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
	}
	return line
}

// stepInto is a value of a mapping or an item of a sequence; nil: it has none.
func stepInto(node ast.Node, step any) ast.Node {
	switch x := node.(type) {
	case *ast.MappingNode:
		for _, v := range x.Values {
			if v.Key.String() == step {
				return v.Value
			}
		}
	case *ast.MappingValueNode:
		if x.Key.String() == step {
			return x.Value
		}
	case *ast.SequenceNode:
		if i, isNumber := step.(int); isNumber && i < len(x.Values) {
			return x.Values[i]
		}
	}
	return nil
}

// says reports whether the document has the key there, whatever its value.
func (d *document) says(at ...any) bool {
	node := d.root
	for _, step := range at {
		if node = stepInto(node, step); node == nil {
			return false
		}
	}
	return true
}

// adds lists what the document declares, by the names under which it is withdrawn.
func (d *document) adds() (names []string) {
	for _, l := range d.Codes {
		if !l.Extends {
			names = append(names, l.Name)
			continue
		}
		for _, item := range l.Items {
			names = append(names, l.Name+":"+item.Code)
		}
	}
	for _, k := range d.Kinds {
		if !k.Extends {
			names = append(names, k.Name)
			continue
		}
		for _, s := range k.Sections {
			names = append(names, k.Name+"."+s.Name)
		}
		for _, f := range k.Fields {
			names = append(names, k.Name+"."+f.Name)
		}
		for _, c := range k.Checks {
			names = append(names, k.Name+"."+c.Rule)
		}
	}
	return names
}
