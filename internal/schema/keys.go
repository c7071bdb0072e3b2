package schema

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
