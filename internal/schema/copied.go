package schema

import (
	"strings"

	"tongbu/internal/change"
)

// Find returns the values of the record that a reference names, nil when it is not
// there.
type Find func(kind string, id change.RecordID) (map[string]change.Value, error)

// Copied returns the texts that stand beside references and that a change leaves out,
// as the records have them which the references name: so the record goes on saying what
// it said when it was written. given is what the change sets, was the record before it
// (nil: there was none) and whole after it. What somebody typed stays, and so does a
// text that somebody emptied; a copy goes with its reference.
func (k *Kind) Copied(whole, given, was map[string]change.Value, find Find) (map[string]change.Value, error) {
	var copied map[string]change.Value
	for _, f := range k.copied {
		text, typed := given[f.Name]
		if typed && (!text.IsNull() || was != nil) || !f.isReferredBy(given) {
			continue
		}
		stands, err := f.standsIn(whole, given, was, find)
		if err != nil {
			return nil, err
		}
		if stands {
			continue
		}
		now, err := f.copyOf(whole, find)
		if err != nil {
			return nil, err
		}
		if now.IsNull() {
			continue
		}
		if copied == nil {
			copied = map[string]change.Value{}
		}
		copied[f.Name] = now
	}
	return copied, nil
}

// isReferredBy reports whether one of the references is set.
func (f *Field) isReferredBy(given map[string]change.Value) bool {
	for _, path := range f.copies {
		if value := given[path[0].Name]; !value.IsNull() {
			return true
		}
	}
	return false
}

// standsIn reports whether there is a text already, other than the copy of what another
// record than now was named by.
func (f *Field) standsIn(whole, given, was map[string]change.Value, find Find) (bool, error) {
	text := whole[f.Name]
	switch {
	case text.IsNull():
		return false, nil
	case text != was[f.Name] || !f.turns(given, was):
		return true, nil
	}
	old, err := f.copyOf(was, find)
	return old != text, err
}

// turns reports whether a change sets one of the references to another record.
func (f *Field) turns(given, was map[string]change.Value) bool {
	for _, path := range f.copies {
		name := path[0].Name
		if value, set := given[name]; set && value != was[name] {
			return true
		}
	}
	return false
}

// copyOf is the first text that the paths lead to.
func (f *Field) copyOf(values map[string]change.Value, find Find) (change.Value, error) {
	for _, path := range f.copies {
		at := values
		for _, ref := range path[:len(path)-1] {
			id := at[ref.Name].Text()
			if at = nil; id == "" {
				break
			}
			var err error
			if at, err = find(ref.Ref, change.RecordID(id)); err != nil {
				return change.Null, err
			}
		}
		if text := path[len(path)-1].inWords(at); f.Accepts(text) && !text.IsNull() {
			return text, nil
		}
	}
	return change.Null, nil
}

// inWords is the value of a text, or of a code as its label.
func (f *Field) inWords(values map[string]change.Value) change.Value {
	value := values[f.Name]
	if f.Type != Code || value.IsNull() {
		return value
	}
	item, known := f.list.Item(value.Text())
	if !known {
		return change.Null
	}
	return change.Text(item.Zh)
}

// IsCopied reports whether an empty text is taken from what a reference names.
func (f *Field) IsCopied() bool { return len(f.copies) > 0 }

// Lends reports whether records of other kinds copy texts from those of the kind.
func (k *Kind) Lends() bool { return k.lends }

// finishCopies finds the fields on the ways to what texts are copied from; all kinds
// are finished.
func (b *builder) finishCopies(k *Kind) error {
	for _, f := range k.Fields {
		for _, way := range f.Copies {
			path, ok := b.pathOf(k, way)
			if !ok || f.Published > 0 || (f.Type == Unit) != (path[len(path)-1].Type == Unit) || f.Type != Unit && f.Type != Text {
				return invalid("field %s: a text is copied from a text or a code of a record that a reference names, and a unit from a unit, not %q", f.Name, way)
			}
			f.copies = append(f.copies, path)
		}
		if len(f.copies) > 0 {
			k.copied = append(k.copied, f)
		}
	}
	return nil
}

func (b *builder) pathOf(k *Kind, way string) (path []*Field, ok bool) {
	names := strings.Split(way, ".")
	for i, name := range names {
		f, known := k.Field(name)
		if !known || f.Name != name {
			return nil, false
		}
		path = append(path, f)
		if i == len(names)-1 {
			return path, i > 0 && (f.Type == Text || f.Type == Code || f.Type == Unit)
		}
		if f.Type != Ref {
			return nil, false
		}
		k = b.s.byName[f.Ref]
		k.lends = true
	}
	return nil, false
}
