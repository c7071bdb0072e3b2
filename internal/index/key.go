package index

import (
	"bytes"
	"encoding/binary"
	"slices"

	"tongbu/internal/change"
)

// MaxKey is the longest key of a value, in bytes. A longer text is cut: it
// stands where the texts stand that begin as it does, and whoever comes by the
// key compares the value.
const MaxKey = 160

// The first byte of a key, the type of the value: nothing comes before all.
const (
	keyEmpty = iota // the field is empty
	keyBool
	keyInt
	keyText // also each item of a set
	keySet  // the set without items
	keyEnd  // above all keys
)

// Keys lists the keys under which a record with the value is found: one, or of
// a set one for each item. They sort as the values do.
func Keys(v change.Value) [][]byte {
	item, err := v.Get()
	if set, ok := item.([]string); ok && err == nil {
		return setKeys(set)
	}
	if err != nil {
		item = nil // so does the filter
	}
	return [][]byte{Key(item)}
}

func setKeys(items []string) [][]byte {
	if len(items) == 0 {
		return [][]byte{{keySet}}
	}
	keys := make([][]byte, len(items))
	for i, s := range items {
		keys[i] = textKey(s)
	}
	return slices.CompactFunc(keys, bytes.Equal) // items of one beginning
}

// Key is the key of nil, a bool, an int64 or a text, as change.Value.Get
// returns them.
func Key(item any) []byte {
	switch x := item.(type) {
	case bool:
		if x {
			return []byte{keyBool, 1}
		}
		return []byte{keyBool, 0}
	case int64:
		return binary.BigEndian.AppendUint64([]byte{keyInt}, uint64(x)^1<<63)
	case string:
		if x != "" {
			return textKey(x)
		}
	}
	return []byte{keyEmpty}
}

func textKey(s string) []byte {
	return append([]byte{keyText}, s[:min(len(s), MaxKey-1)]...)
}

// Span is a stretch of keys, both ends within it.
type Span struct{ Low, High []byte }

// Between is the span of the values from low to high, of one type; an end that
// is nil is open. Both open: all values but the empty one.
func Between(low, high any) Span {
	switch {
	case low == nil && high == nil:
		return Span{[]byte{keyBool}, []byte{keyEnd}}
	case low == nil:
		end := Key(high)
		return Span{end[:1:1], end}
	case high == nil:
		begin := Key(low)
		return Span{begin, []byte{begin[0] + 1}}
	}
	return Span{Key(low), Key(high)}
}

// Empty is the span of empty fields.
func Empty() Span { return Span{[]byte{keyEmpty}, []byte{keyEmpty}} }

// All is the span of all keys.
func All() Span { return Span{[]byte{keyEmpty}, []byte{keyEnd}} }

// One reports whether the span is one key.
func (s Span) One() bool { return bytes.Equal(s.Low, s.High) }

// Has reports whether the key lies within the span.
func (s Span) Has(key []byte) bool {
	return bytes.Compare(s.Low, key) <= 0 && bytes.Compare(key, s.High) <= 0
}

// Union sorts spans and joins those that meet.
func Union(spans []Span) []Span {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b Span) int { return bytes.Compare(a.Low, b.Low) })
	var joined []Span
	for _, s := range spans {
		last := len(joined) - 1
		switch {
		case bytes.Compare(s.Low, s.High) > 0:
		case last < 0 || bytes.Compare(joined[last].High, s.Low) < 0:
			joined = append(joined, s)
		case bytes.Compare(joined[last].High, s.High) < 0:
			joined[last].High = s.High
		}
	}
	return joined
}

// Intersect returns what lies in both unions.
func Intersect(a, b []Span) []Span {
	var both []Span
	for _, s := range a {
		for _, t := range b {
			both = append(both, Span{later(s.Low, t.Low), earlier(s.High, t.High)})
		}
	}
	return Union(both)
}

func later(a, b []byte) []byte {
	if bytes.Compare(a, b) < 0 {
		return b
	}
	return a
}

func earlier(a, b []byte) []byte {
	if bytes.Compare(a, b) < 0 {
		return a
	}
	return b
}
