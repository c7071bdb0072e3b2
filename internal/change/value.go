package change

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"tongbu/internal/fault"
)

// MaxValue is the longest encoded value of a field, in bytes.
const MaxValue = 16 << 10

// Value is one field's value in its canonical encoding: null (the field is
// emptied), a boolean, a signed 64-bit integer, a text, or a sorted set of
// texts. It is compared and hashed as bytes.
type Value string

// Null empties a field.
var Null = Value([]byte{0xf6})

// Text is the value of a text. One that is not UTF-8 makes a value that
// Validate refuses.
func Text(s string) Value { return mustValue(s) }

// Int is the value of an integer.
func Int(n int64) Value { return mustValue(n) }

// Bool is the value of a boolean.
func Bool(b bool) Value { return mustValue(b) }

// Set is the value of a set of texts, sorted and without repeats. The empty
// set is a value, whether items is nil or not; Null is none.
func Set(items []string) Value {
	sorted := append([]string{}, items...)
	slices.Sort(sorted)
	return mustValue(slices.Compact(sorted))
}

// mustValue encodes a value of a type that always encodes.
func mustValue(v any) Value {
	raw, err := encMode.Marshal(v)
	if err != nil {
		panic("change: value of an impossible type: " + err.Error())
	}
	return Value(raw)
}

// IsNull reports whether the field is emptied; the absent value is null too.
func (v Value) IsNull() bool { return v == "" || v == Null }

// Get decodes the value: nil, bool, int64, string or []string. It returns
// Damaged for anything that is not a canonical value.
func (v Value) Get() (any, error) {
	var item any
	if err := decMode.Unmarshal([]byte(v), &item); err != nil {
		return nil, fault.As(fault.Damaged, "read a value", err)
	}
	got, err := plain(item)
	if err != nil {
		return nil, err
	}
	if again, err := encMode.Marshal(got); err != nil || !bytes.Equal(again, []byte(v)) {
		return nil, fault.New(fault.Damaged, "a value is not in canonical form")
	}
	return got, nil
}

// Validate returns Invalid for a value too long, Damaged for one that is not
// canonical.
func (v Value) Validate() error {
	if len(v) > MaxValue {
		return fault.New(fault.Invalid, "a value has %d bytes, more than %d", len(v), MaxValue)
	}
	_, err := v.Get()
	return err
}

// Text returns the text of a text value, else "".
func (v Value) Text() string {
	got, _ := v.Get()
	s, _ := got.(string)
	return s
}

// Int returns the number of an integer value, else 0.
func (v Value) Int() int64 {
	got, _ := v.Get()
	n, _ := got.(int64)
	return n
}

// Bool returns the truth of a boolean value, else false.
func (v Value) Bool() bool {
	got, _ := v.Get()
	b, _ := got.(bool)
	return b
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

func plain(item any) (any, error) {
	switch x := item.(type) {
	case nil, bool, int64:
		return x, nil
	case string:
		return x, nil
	case []any:
		return plainSet(x)
	}
	return nil, fault.New(fault.Damaged, "a value of a type no field has")
}

func plainSet(items []any) ([]string, error) {
	set := make([]string, 0, len(items))
	for _, item := range items {
		s, ok := item.(string)
		if !ok || (len(set) > 0 && strings.Compare(set[len(set)-1], s) >= 0) {
			return nil, fault.New(fault.Damaged, "a set is not sorted texts")
		}
		set = append(set, s)
	}
	return set, nil
}
