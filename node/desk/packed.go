package desk

import (
	"encoding/binary"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// shape says in which order a packed row has the fields of its kind.
type shape struct {
	kind *schema.Kind
	at   map[string]int
}

func newShape(k *schema.Kind) *shape {
	s := &shape{kind: k, at: make(map[string]int, len(k.Fields))}
	for i, f := range k.Fields {
		s.at[f.Name] = i
	}
	return s
}

// packed is a row in little memory, a tenth of what its map takes: the values of the
// fields one behind the other, each after its length. It never changes.
type packed struct {
	id     change.RecordID
	values string
	far    *far // how far what it is made of has come
}

// pack makes a packed row; value gives what a field has.
func (s *shape) pack(id change.RecordID, value func(field string) change.Value, far *far) packed {
	size := 0
	for _, f := range s.kind.Fields {
		size += 2 + len(value(f.Name))
	}
	raw := make([]byte, 0, size)
	for _, f := range s.kind.Fields {
		v := value(f.Name)
		raw = binary.AppendUvarint(raw, uint64(len(v)))
		raw = append(raw, v...)
	}
	return packed{id: change.RecordID(strings.Clone(string(id))), values: string(raw), far: far}
}

// size is about how many bytes a row takes.
func (p packed) size() int { return len(p.values) + len(p.id) + 64 }

// each calls fn with the values in the order of the fields, until it returns false.
func (p packed) each(fn func(at int, v change.Value) bool) {
	raw := p.values
	for at := 0; len(raw) > 0; at++ {
		n, bytes := uvarint(raw)
		v := change.Value(raw[bytes : bytes+n])
		raw = raw[bytes+n:]
		if !fn(at, v) {
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
