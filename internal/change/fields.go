package change

import (
	"iter"
	"slices"
	"strings"

	"tongbu/internal/fault"
)

// Field is one value that a change sets.
type Field struct {
	Name  string
	Value Value
}

// Fields are the values that a change sets, each name once, in the order of the
// canonical form: shorter names first, then by bytes. A list costs a reader of
// many changes one allocation where a map costs several, and hashes nothing.
type Fields []Field

// FieldsOf puts the values in order; nil without any.
func FieldsOf(values map[string]Value) Fields {
	if len(values) == 0 {
		return nil
	}
	fields := make(Fields, 0, len(values))
	for name, value := range values {
		fields = append(fields, Field{Name: name, Value: value})
	}
	slices.SortFunc(fields, func(a, b Field) int { return CompareNames(a.Name, b.Name) })
	return fields
}

// CompareNames is the canonical order of the names of fields.
func CompareNames(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// search returns where the name stands, or would stand.
func (f Fields) search(name string) (int, bool) {
	return slices.BinarySearchFunc(f, name, func(e Field, name string) int { return CompareNames(e.Name, name) })
}

// Get returns the value that the change sets, "" when it does not set the field.
func (f Fields) Get(name string) Value {
	if i, ok := f.search(name); ok {
		return f[i].Value
	}
	return ""
}

// Has reports whether the change sets the field, to Null or to another value.
func (f Fields) Has(name string) bool {
	_, ok := f.search(name)
	return ok
}

// With returns a copy in which the field has the value.
func (f Fields) With(name string, value Value) Fields {
	i, ok := f.search(name)
	if ok {
		f = slices.Clone(f)
		f[i].Value = value
		return f
	}
	return slices.Insert(slices.Clip(f), i, Field{Name: name, Value: value})
}

// All ranges over the names and values in canonical order.
func (f Fields) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, e := range f {
			if !yield(e.Name, e.Value) {
				return
			}
		}
	}
}

// Map returns a copy of the values by name.
func (f Fields) Map() map[string]Value {
	values := make(map[string]Value, len(f))
	for _, e := range f {
		values[e.Name] = e.Value
	}
	return values
}

// Equal reports whether both set the same fields to the same values.
func (f Fields) Equal(o Fields) bool { return slices.Equal(f, o) }

// validate judges the number of the fields, their names and their order.
func (f Fields) validate() error {
	if len(f) == 0 || len(f) > MaxFields {
		return fault.New(fault.Invalid, "a change sets %d fields, not 1 to %d", len(f), MaxFields)
	}
	for i := range f {
		if err := validName("field name", f[i].Name, MaxField); err != nil {
			return err
		}
		if i > 0 && CompareNames(f[i-1].Name, f[i].Name) >= 0 {
			return fault.New(fault.Invalid, "the fields of a change are not in order, or one is set twice")
		}
	}
	return nil
}
