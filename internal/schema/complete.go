package schema

import (
	"maps"

	"tongbu/internal/change"
)

// Missing returns the values that an ID number gives for fields of the record that
// are empty, its sex and birth date; nil when there are none. A number that is read
// with a doubt gives nothing.
func (k *Kind) Missing(values map[string]change.Value) map[string]change.Value {
	var found map[string]change.Value
	for _, f := range k.derived {
		if value := values[f.Name]; !value.IsNull() {
			continue
		}
		value := f.follows(values[f.FromID])
		if value.IsNull() {
			continue
		}
		if found == nil {
			found = map[string]change.Value{}
		}
		found[f.Name] = value
	}
	return found
}

// Follows is what Missing gives for one field of a record that says of others what value
// returns; Null where it gives nothing.
func (k *Kind) Follows(field string, value func(field string) change.Value) change.Value {
	for _, f := range k.derived {
		if f.Name == field {
			return f.follows(value(f.FromID))
		}
	}
	return change.Null
}

func (f *Field) follows(number change.Value) change.Value {
	id, ok := TrustedID(number.Text())
	if !ok {
		return change.Null
	}
	return f.fromID(id)
}

// Complete returns the values with those that Missing gives.
func (k *Kind) Complete(values map[string]change.Value) map[string]change.Value {
	missing := k.Missing(values)
	if missing == nil {
		return values
	}
	whole := maps.Clone(values)
	maps.Copy(whole, missing)
	return whole
}

func (f *Field) fromID(id ID) change.Value {
	switch {
	case f.Type == Date:
		return change.Text(id.Birth)
	case id.Male:
		return change.Text("1")
	}
	return change.Text("2")
}
