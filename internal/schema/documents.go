package schema

import "slices"

// Documents are what the schema was made of, additions included and in their order:
// Parse makes the same kinds of them in another process.
func (s *Schema) Documents() [][]byte { return slices.Clone(s.docs) }

// Keys lists the fields by which people know a record of the kind from others of its
// unit: those whose value a rule allows once.
func (k *Kind) Keys() (keys []*Field) {
	for _, c := range k.Checks {
		if c.Test != "once" {
			continue
		}
		if f, ok := k.Field(c.Field); ok {
			keys = append(keys, f)
		}
	}
	return keys
}
