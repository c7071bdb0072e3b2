package change

import (
	"encoding/json"
	"slices"

	"tongbu/internal/fault"
)

// MaxValue is the longest encoded value of a field, in bytes.
const MaxValue = 16 << 10

// Value is one field's value in its canonical encoding: null (the field is
// emptied), a boolean, a signed 64-bit integer, a text, or a sorted set of
// texts. It is compared and hashed as bytes.
type Value string

// Null empties a field.
var Null = Value([]byte{simpleNull})

var (
	valueFalse = Value([]byte{simpleFalse})
	valueTrue  = Value([]byte{simpleTrue})
)

// Text is the value of a text. One that is not UTF-8 makes a value that
// Validate refuses.
func Text(s string) Value { return Value(appendText(make([]byte, 0, 9+len(s)), s)) }

// TextOrNull is the value of a text, and null for none.
func TextOrNull(s string) Value {
	if s == "" {
		return Null
	}
	return Text(s)
}

// Int is the value of an integer.
func Int(n int64) Value { return Value(appendInt(nil, n)) }

// Bool is the value of a boolean.
func Bool(b bool) Value {
	if b {
		return valueTrue
	}
	return valueFalse
}

// Set is the value of a set of texts, sorted and without repeats. The empty
// set is a value, whether items is nil or not; Null is none.
func Set(items []string) Value {
	sorted := slices.Clone(items)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	raw := appendHead(nil, majorArray, uint64(len(sorted)))
	for _, item := range sorted {
		raw = appendText(raw, item)
	}
	return Value(raw)
}

// IsNull reports whether the field is emptied; the absent value is null too.
func (v Value) IsNull() bool { return v == "" || v == Null }

// Get decodes the value: nil, bool, int64, string or []string. It returns
// Damaged for anything that is not a canonical value.
func (v Value) Get() (any, error) {
	r := reader{in: string(v)}
	got := r.anyValue()
	if !r.ended() {
		return nil, fault.New(fault.Damaged, "a value is not one, or not in canonical form")
	}
	return got, nil
}

func (r *reader) anyValue() any {
	switch major, n := r.next(); major {
	case majorUint, majorNegative:
		r.at = 0
		return r.integer()
	case majorText:
		r.at = 0
		return r.text()
	case majorArray:
		set := []string{}
		r.set(n, func(item string) { set = append(set, item) })
		return set
	case majorSimple:
		return r.simple(n)
	}
	r.fail()
	return nil
}

// simple is null or a boolean.
func (r *reader) simple(n uint64) any {
	switch n {
	case simpleFalse & 31:
		return false
	case simpleTrue & 31:
		return true
	case simpleNull & 31:
		return nil
	}
	r.fail()
	return nil
}

// Validate returns Invalid for a value too long, Damaged for one that is not
// canonical.
func (v Value) Validate() error {
	if len(v) > MaxValue {
		return fault.New(fault.Invalid, "a value has %d bytes, more than %d", len(v), MaxValue)
	}
	r := reader{in: string(v)}
	r.value()
	if !r.ended() {
		return fault.New(fault.Damaged, "a value is not one, or not in canonical form")
	}
	return nil
}

// Text returns the text of a text value, else "".
func (v Value) Text() string {
	s, _ := v.AsText()
	return s
}

// AsText returns the text of a text value, a part of it and no copy; false for any
// other.
func (v Value) AsText() (string, bool) {
	r := reader{in: string(v)}
	if s := r.text(); r.ended() {
		return s, true
	}
	return "", false
}

// EachText calls fn with each text of a set, parts of it and no copies. It reports
// whether the value is a set; what it calls fn with counts only then.
func (v Value) EachText(fn func(string)) bool {
	r := reader{in: string(v)}
	r.set(r.head(majorArray), fn)
	return r.ended()
}

// IsInt reports whether the value is an integer.
func (v Value) IsInt() bool {
	r := reader{in: string(v)}
	r.integer()
	return r.ended()
}

// IsBool reports whether the value is a boolean.
func (v Value) IsBool() bool { return v == valueTrue || v == valueFalse }

// Int returns the number of an integer value, else 0.
func (v Value) Int() int64 {
	r := reader{in: string(v)}
	if n := r.integer(); r.ended() {
		return n
	}
	return 0
}

// Bool returns the truth of a boolean value, else false.
func (v Value) Bool() bool {
	return len(v) == 1 && v[0] == simpleTrue
}

// MarshalJSON writes the value as plain JSON.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.IsNull() {
		return []byte("null"), nil
	}
	got, err := v.Get()
	if err != nil {
		return nil, err
	}
	return json.Marshal(got)
}

// MarshalCBOR passes the canonical bytes through.
func (v Value) MarshalCBOR() ([]byte, error) { return []byte(v), nil }

// UnmarshalCBOR keeps the bytes as they are; Validate judges them.
func (v *Value) UnmarshalCBOR(raw []byte) error {
	*v = Value(raw)
	return nil
}
