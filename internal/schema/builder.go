package schema

import (
	"slices"
	"sync"
)

// builder gathers documents, then joins their references.
type builder struct {
	s      *Schema
	common []*Field
	number uint64 // of the publication that is added; 0: the program's own
	strict uint64 // of the publication that is judged; 0: none is

	current any           // what is being finished
	places  map[any]place // where what the last document declares stands in it
}

func build(raws [][]byte, areas func(string) bool) (*Schema, error) {
	b := newBuilder(areas)
	for _, raw := range raws {
		doc, err := decodeDocument(raw)
		if err != nil {
			return nil, err
		}
		doc.root = nil
		b.s.docs = append(b.s.docs, doc)
	}
	return b.build()
}

func newBuilder(areas func(string) bool) *builder {
	return &builder{s: &Schema{areas: areas, byName: map[string]*Kind{}, lists: map[string]*CodeList{}}}
}

// build makes the schema of documents, which stay as they are.
func (b *builder) build() (*Schema, error) {
	docs := b.s.docs
	if b.s.carried {
		own, err := carried()
		if err != nil {
			return nil, err
		}
		docs = slices.Concat(own, docs)
	}
	for _, doc := range docs {
		var copied *document
		copied, b.places = doc.clone()
		b.number, b.current = doc.number, nil
		if err := b.add(copied); err != nil {
			return nil, err
		}
	}
	return b.finish()
}

// load makes the schema of the documents that this build carries. They are not kept:
// most directories hear of no others for years.
func (b *builder) load() (*Schema, error) {
	docs, err := readDeclared(declared)
	if err != nil {
		return nil, err
	}
	for _, doc := range docs {
		if err := b.add(doc); err != nil {
			return nil, err
		}
	}
	return b.finish()
}

// carried are the documents that this build carries, for those who add to them.
var carried = sync.OnceValues(func() ([]*document, error) { return readDeclared(declared) })

// isProper reports whether what a publication declares, or with 0 the program, may
// have the name: those of publications begin as no name of the program does.
func isProper(name string, published uint64) bool {
	if published > 0 {
		return publishedPattern.MatchString(name)
	}
	return namePattern.MatchString(name)
}

// yields reports whether one of two that want the same is of a publication and gives
// way to the program's: a later program may declare what was published before, but
// nothing is published that the program has already.
func (b *builder) yields(one, other uint64) bool {
	return (one > 0) != (other > 0) && max(one, other) != b.strict
}
