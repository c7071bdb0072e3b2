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
	"bytes"
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
	docs   [][]byte
	areas  func(area string) bool
	kinds  []*Kind
	byName map[string]*Kind
	lists  map[string]*CodeList
	ties   []Tie
}

// Load returns the schema this build carries. It is read once.
func Load() (*Schema, error) { return loaded() }

var loaded = sync.OnceValues(load)

func load() (*Schema, error) {
	docs := bytes.Split(bytes.TrimSuffix(declared, []byte("\n")), []byte("\n"))
	return build(docs, everArea)
}

// Parse makes a schema of YAML documents alone, without the embedded ones. It
// returns Invalid for an unknown key, a reference to nothing, a name used
// twice or any other contradiction.
func Parse(docs ...[]byte) (*Schema, error) {
	return build(docs, nil)
}

// Extend returns the schema with an addition: new kinds and code lists, and new
// fields, checks and items for those marked `extends: true`. What is declared
// already cannot be altered, so records that were valid stay valid. It returns
// Invalid as Parse does.
func (s *Schema) Extend(doc []byte) (*Schema, error) {
	return build(append(slices.Clone(s.docs), slices.Clone(doc)), s.areas)
}

// WithAreas returns the schema with a test for the first six digits of an ID
// number; a number whose area was never a code is then a soft problem.
func (s *Schema) WithAreas(known func(area string) bool) (*Schema, error) {
	return build(s.docs, known)
}

// Kind returns the kind of a name.
func (s *Schema) Kind(name string) (*Kind, bool) {
	k, ok := s.byName[name]
	return k, ok
}

// Kinds returns all kinds in the order they were declared.
func (s *Schema) Kinds() []*Kind { return slices.Clone(s.kinds) }
