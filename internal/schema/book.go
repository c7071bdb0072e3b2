package schema

import (
	"slices"
	"strings"

	"tongbu/internal/change"
)

// Book is what a unit holds, in memory: Near for its records, to judge many of them.
// It keeps the fields that rules ask for and nothing else.
type Book struct {
	schema *Schema
	codes  []string
	kinds  map[string]*shelf
}

// shelf has the records of a kind.
type shelf struct {
	kind    *Kind
	fields  []string // that rules ask for
	records map[change.RecordID]volume
	by      map[string]map[string][]change.RecordID // field, key of a value
}

// volume is a record as a book keeps it: many of them in little room.
type volume struct {
	void   bool
	values []change.Value // of the shelf's fields; "" is none
}

var _ Near = (*Book)(nil)

// NewBook returns an empty book of a unit with a division code, and those that it had before.
func (s *Schema) NewBook(codes ...string) *Book {
	b := &Book{schema: s, codes: slices.DeleteFunc(codes, func(code string) bool { return code == "" }), kinds: map[string]*shelf{}}
	for _, t := range s.ties {
		for _, name := range []string{t.Kind, t.To} {
			if b.kinds[name] == nil {
				b.kinds[name] = &shelf{kind: s.byName[name], fields: s.NearFields(name), records: map[change.RecordID]volume{}, by: map[string]map[string][]change.RecordID{}}
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

// lookedUp is the field of To by which records are looked up; none: by their ids.
func (t Tie) lookedUp() string {
	if t.Same {
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
	s.records[id] = volume{void: void, values: s.copyValues(value)}
	if void {
		return
	}
	for field, keys := range s.by {
		if v := s.records[id].values[slices.Index(s.fields, field)]; v != "" {
			key := s.key(field, v)
			keys[key] = append(keys[key], id)
		}
	}
}

// copyValues copies the values of the shelf's fields into one piece of memory, apart
// from that of the record.
func (s *shelf) copyValues(value func(field string) change.Value) []change.Value {
	var all strings.Builder
	ends := make([]int, len(s.fields))
	for i, field := range s.fields {
		if v := value(field); !v.IsNull() {
			all.WriteString(string(v))
		}
		ends[i] = all.Len()
	}
	values, text, from := make([]change.Value, len(ends)), strings.Clone(all.String()), 0
	for i, end := range ends {
		values[i], from = change.Value(text[from:end]), end
	}
	return values
}

// neighbour is a record of the shelf as rules see it.
func (s *shelf) neighbour(id change.RecordID, v volume) Neighbour {
	n := Neighbour{ID: id, Void: v.void, Values: make(map[string]change.Value, len(s.fields))}
	for i, field := range s.fields {
		if v.values[i] != "" {
			n.Values[field] = v.values[i]
		}
	}
	return n
}

// take removes a record.
func (s *shelf) take(id change.RecordID) {
	was, ok := s.records[id]
	if !ok || was.void {
		return
	}
	for field, keys := range s.by {
		if v := was.values[slices.Index(s.fields, field)]; v != "" {
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

// Codes implements Near.
func (b *Book) Codes() []string { return b.codes }

// Named implements Near.
func (b *Book) Named(kind string, id change.RecordID) (Neighbour, bool) {
	s := b.kinds[kind]
	if s == nil {
		return Neighbour{}, false
	}
	v, ok := s.records[id]
	if !ok {
		return Neighbour{}, false
	}
	return s.neighbour(id, v), true
}

// With implements Near.
func (b *Book) With(kind, field string, value change.Value) (all []Neighbour) {
	s := b.kinds[kind]
	if s == nil || s.by[field] == nil {
		return nil
	}
	for _, id := range s.by[field][s.key(field, value)] {
		all = append(all, s.neighbour(id, s.records[id]))
	}
	return all
}
