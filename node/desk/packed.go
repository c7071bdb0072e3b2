package desk

import (
	"cmp"
	"encoding/binary"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// shape says in which order a packed row has the fields of its kind.
type shape struct {
	kind *schema.Kind
	at   map[string]int
	room []byte // in which rows are packed, by whoever keeps them
}

func newShape(k *schema.Kind) *shape {
	s := &shape{kind: k, at: make(map[string]int, len(k.Fields))}
	for i, f := range k.Fields {
		s.at[f.Name] = i
	}
	return s
}

// packed is a row in little memory, a tenth of what its map takes: its id, how far what it
// is made of has come, and the values of the fields, one behind the other, each after its
// length. It never changes.
type packed string

// pack makes a packed row; value gives what a field has.
func (s *shape) pack(id change.RecordID, value func(field string) change.Value, far *far) packed {
	raw := appendPart(s.room[:0], id)
	raw = appendPart(raw, far.pack())
	for _, f := range s.kind.Fields {
		raw = appendPart(raw, value(f.Name))
	}
	s.room = raw
	return packed(raw)
}

func appendPart[T ~string](raw []byte, part T) []byte {
	return append(binary.AppendUvarint(raw, uint64(len(part))), part...)
}

// cut takes the first part off a row.
func (p packed) cut() (part string, rest packed) {
	n, bytes := uvarint(string(p))
	return string(p[bytes : bytes+n]), p[bytes+n:]
}

func (p packed) id() change.RecordID {
	id, _ := p.cut()
	return change.RecordID(id)
}

// far is what far.pack made.
func (p packed) far() string {
	_, rest := p.cut()
	far, _ := rest.cut()
	return far
}

// size is about how many bytes a row takes.
func (p packed) size() int { return len(p) + 40 }

func inIDs(a, b packed) int { return cmp.Compare(a.id(), b.id()) }

// placeOf is where a row stands among those that are in the order of their ids.
func placeOf(rows []packed, id change.RecordID) (place int, there bool) {
	return slices.BinarySearchFunc(rows, id, func(p packed, id change.RecordID) int { return cmp.Compare(p.id(), id) })
}

// each calls fn with the values in the order of the fields, until it returns false.
func (p packed) each(fn func(at int, v change.Value) bool) {
	_, rest := p.cut()
	_, rest = rest.cut()
	for at := 0; len(rest) > 0; at++ {
		var v string
		if v, rest = rest.cut(); !fn(at, change.Value(v)) {
			return
		}
	}
}

// uvarint is binary.Uvarint of a text; what pack wrote is never broken.
func uvarint(s string) (n, bytes int) {
	for shift := 0; ; shift += 7 {
		b := s[bytes]
		bytes++
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n, bytes
		}
	}
}

// value is what a row has in a field.
func (s *shape) value(p packed, field string) (value change.Value) {
	want, known := s.at[field]
	if !known {
		return change.Null
	}
	p.each(func(at int, v change.Value) bool {
		value = v
		return at < want
	})
	return value
}

// places are where fields stand in a row, from the front; those that the kind has.
func (s *shape) places(fields []string) (all []int) {
	for _, field := range fields {
		if at, known := s.at[field]; known {
			all = append(all, at)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// add adds what a row has at some places to the sums of its fields.
func (s *shape) add(p packed, places []int, sums []int64) {
	if len(places) == 0 {
		return
	}
	next := 0
	p.each(func(at int, v change.Value) bool {
		if places[next] == at {
			sums[at] += v.Int()
			next++
		}
		return next < len(places)
	})
}

// all are the values of a row that are not empty.
func (s *shape) all(p packed) map[string]change.Value {
	values := make(map[string]change.Value, len(s.kind.Fields))
	p.each(func(at int, v change.Value) bool {
		if !v.IsNull() {
			values[s.kind.Fields[at].Name] = v
		}
		return true
	})
	return values
}

// some are the values of the named fields, in the map that is given.
func (s *shape) some(p packed, fields []int, into map[string]change.Value) {
	next := 0
	p.each(func(at int, v change.Value) bool {
		if next < len(fields) && fields[next] == at {
			into[s.kind.Fields[at].Name] = v
			next++
		}
		return next < len(fields)
	})
}
