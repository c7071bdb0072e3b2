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
		id, ok := trusted(values[f.FromID].Text())
		if !ok {
			continue
		}
		if found == nil {
			found = map[string]change.Value{}
		}
		found[f.Name] = f.fromID(id)
	}
	return found
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
