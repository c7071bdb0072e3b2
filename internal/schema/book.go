package schema

import (
	"strings"

	"tongbu/internal/change"
)

// Book is what a unit holds, in memory: Near for its records, to judge many of them.
// It keeps the fields that rules ask for and nothing else.
type Book struct {
	schema *Schema
	code   string
	kinds  map[string]*shelf
}

// shelf has the records of a kind.
type shelf struct {
	kind    *Kind
	fields  []string // that rules ask for
	records map[change.RecordID]Neighbour
	by      map[string]map[string][]change.RecordID // field, key of a value
}

var _ Near = (*Book)(nil)

// NewBook returns an empty book of a unit with a division code.
func (s *Schema) NewBook(code string) *Book {
	b := &Book{schema: s, code: code, kinds: map[string]*shelf{}}
	for _, t := range s.ties {
		for _, name := range []string{t.Kind, t.To} {
			if b.kinds[name] == nil {
				b.kinds[name] = &shelf{kind: s.byName[name], fields: s.NearFields(name), records: map[change.RecordID]Neighbour{}, by: map[string]map[string][]change.RecordID{}}
			}
		}
	}
	for _, t := range s.ties {
		if field := t.lookedUp(); field != "" {
			b.kinds[t.To].by[field] = map[string][]change.RecordID{}
		}
	}
	return b
}

// lookedUp is the field of To by which records are looked up; none when it is the id.
func (t Tie) lookedUp() string {
	if t.By == "" && t.To == t.Kind {
		return t.Field
	}
	return t.By
}

// Keeps reports whether rules ask for records of a kind.
func (b *Book) Keeps(kind string) bool { return b.kinds[kind] != nil }

// Put writes a record into the book in place of what it had of it.
func (b *Book) Put(kind string, id change.RecordID, void bool, value func(field string) change.Value) {
	s := b.kinds[kind]
	if s == nil {
		return
	}
	s.take(id)
	n := Neighbour{ID: id, Void: void, Values: make(map[string]change.Value, len(s.fields))}
	for _, field := range s.fields {
		if v := value(field); !v.IsNull() {
			n.Values[field] = change.Value(strings.Clone(string(v)))
		}
	}
	s.records[id] = n
	if void {
		return
	}
	for field, keys := range s.by {
		if v, ok := n.Values[field]; ok {
			key := s.key(field, v)
			keys[key] = append(keys[key], id)
		}
	}
}

// take removes a record.
func (s *shelf) take(id change.RecordID) {
	was, ok := s.records[id]
	if !ok || was.Void {
		return
	}
	for field, keys := range s.by {
		if v, ok := was.Values[field]; ok {
			key, kept := s.key(field, v), []change.RecordID{}
			for _, other := range keys[key] {
				if other != id {
					kept = append(kept, other)
				}
			}
			keys[key] = kept
		}
	}
}

func (s *shelf) key(field string, v change.Value) string {
	f, _ := s.kind.Field(field)
	return ValueKey(f, v)
}

// Code implements Near.
func (b *Book) Code() string { return b.code }

// Named implements Near.
func (b *Book) Named(kind string, id change.RecordID) (Neighbour, bool) {
	s := b.kinds[kind]
	if s == nil {
		return Neighbour{}, false
	}
	n, ok := s.records[id]
	return n, ok
}

// With implements Near.
func (b *Book) With(kind, field string, value change.Value) (all []Neighbour) {
	s := b.kinds[kind]
	if s == nil || s.by[field] == nil {
		return nil
	}
	for _, id := range s.by[field][s.key(field, value)] {
		all = append(all, s.records[id])
	}
	return all
}
