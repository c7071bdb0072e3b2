// Package schema says what a record is: the kinds, their fields, types, code
// lists, labels, checks, indexes and writers. All of it is declared in YAML
// (folder data, embedded), so that a field or a whole kind is added in one
// place, and the city can publish an addition without an upgrade.
//
// Parse turns decoded JSON into canonical values, Check judges a whole record,
// Object turns values into JSON again. Forms, columns, filters and exports are
// made from the same Kind. The package is pure: today's date is passed in.
package schema

import (
	_ "embed" // the declarations
	"slices"
	"sync"
)

// declared are the documents of the folder data, as `make records` writes them.
//
//go:embed data/declared.jsonl
var declared []byte

// Schema is a closed set of kinds and code lists. It never changes once made
// and may be used by many goroutines.
type Schema struct {
	carried bool // those of this build come first
	docs    []*document
	areas   func(area string) bool
	kinds   []*Kind
	byName  map[string]*Kind
	lists   map[string]*CodeList
	ties    []Tie
	near    map[string][]string // of NearFields, by kind

	version   uint64          // number of the newest publication; 0: none
	withdrawn map[string]bool // names
}

// Load returns the schema this build carries. It is read once.
func Load() (*Schema, error) { return loaded() }

var loaded = sync.OnceValues(load)

func load() (*Schema, error) {
	b := newBuilder(everArea)
	b.s.carried = true
	return b.load()
}

// Parse makes a schema of YAML documents alone, without the embedded ones. It
// returns Invalid for an unknown key, a reference to nothing, a name used
// twice or any other contradiction.
func Parse(docs ...[]byte) (*Schema, error) {
	return build(docs, nil)
}

// Extend returns the schema with an addition of a later program: new kinds and code
// lists, and new fields, checks and items for those marked `extends: true`. What is
// declared already cannot be altered, so records that were valid stay valid. It
// returns Invalid as Parse does. What the city may add, Publish says.
func (s *Schema) Extend(raw []byte) (*Schema, error) {
	doc, err := decodeDocument(raw)
	if err != nil {
		return nil, err
	}
	first := slices.IndexFunc(s.docs, func(d *document) bool { return d.number > 0 })
	if first < 0 {
		first = len(s.docs)
	}
	return s.with(slices.Insert(slices.Clone(s.docs), first, doc)).build()
}

// with begins a schema of other documents, the rest as it is.
func (s *Schema) with(docs []*document) *builder {
	b := newBuilder(s.areas)
	b.s.carried, b.s.docs, b.s.version, b.s.withdrawn = s.carried, docs, s.version, s.withdrawn
	return b
}

// WithAreas returns the schema with a test for the first six digits of an ID
// number; a number whose area was never a code is then a soft problem.
func (s *Schema) WithAreas(known func(area string) bool) (*Schema, error) {
	b := s.with(s.docs)
	b.s.areas = known
	return b.build()
}

// Kind returns the kind of a name.
func (s *Schema) Kind(name string) (*Kind, bool) {
	k, ok := s.byName[name]
	return k, ok
}

// Kinds returns all kinds in the order they were declared.
func (s *Schema) Kinds() []*Kind { return slices.Clone(s.kinds) }
