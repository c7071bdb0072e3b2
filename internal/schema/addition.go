package schema

import (
	"slices"
	"strings"

	"tongbu/internal/change"
)

// place is where something stands in a document: keys and numbers on the way to it.
type place []any

// clone copies all that a schema finishes, marked with the number of the publication,
// and says where each part stands.
func (d *document) clone() (*document, map[any]place) {
	places := map[any]place{}
	c := &document{Group: d.Group, number: d.number}
	for i, f := range d.Common {
		c.Common = append(c.Common, copied(places, f, place{"common", i}, nil))
	}
	for i, l := range d.Codes {
		c.Codes = append(c.Codes, copied(places, l, place{"codes", i}, func(l *CodeList) {
			l.Published, l.Items = d.number, slices.Clone(l.Items)
			for i := range l.Items {
				l.Items[i].Published = d.number
			}
		}))
	}
	for i, k := range d.Kinds {
		at := place{"kinds", i}
		c.Kinds = append(c.Kinds, copied(places, k, at, func(k *Kind) { k.clone(d.number, at, places) }))
	}
	return c, places
}

// clone makes the parts of a kind its own.
func (k *Kind) clone(number uint64, at place, places map[any]place) {
	k.Published, k.Sections = number, slices.Clone(k.Sections)
	for i := range k.Sections {
		k.Sections[i].Published = number
	}
	fields, checks := k.Fields, k.Checks
	k.Fields, k.Checks = nil, nil
	for i, f := range fields {
		k.Fields = append(k.Fields, copied(places, f, slices.Concat(at, place{"fields", i}), func(f *Field) { f.Published = number }))
	}
	for i, c := range checks {
		k.Checks = append(k.Checks, copied(places, c, slices.Concat(at, place{"checks", i}), func(c *Check) {
			c.Published = number
			if c.With != nil {
				with := *c.With
				c.With = &with
			}
		}))
	}
}

// copied is a copy of what a pointer points at, nil for nil.
func copied[T any](places map[any]place, from *T, at place, then func(*T)) *T {
	if from == nil {
		return nil
	}
	c := *from
	if then != nil {
		then(&c)
	}
	places[&c] = at
	return &c
}

// extendField adds a field to a kind, or gives a declared one another label, section
// or place.
func (b *builder) extendField(k *Kind, f *Field) error {
	if f == nil {
		return invalid("kind %s: a field is empty", k.Name)
	}
	b.current = f
	if i := slices.IndexFunc(k.Fields, func(g *Field) bool { return g != nil && g.Name == f.Name }); i >= 0 {
		return k.Fields[i].relabel(f)
	}
	at := len(k.Fields)
	if f.After != "" {
		i := slices.IndexFunc(k.Fields, func(g *Field) bool { return g != nil && g.Name == f.After })
		switch {
		case i >= 0:
			at = i + 1
		case b.strict == b.number:
			return invalid("field %s: no field is named %q", f.Name, f.After)
		}
	}
	k.Fields = slices.Insert(k.Fields, at, f)
	return nil
}

// relabel gives a declared field what may be published of it.
func (f *Field) relabel(as *Field) error {
	if !as.isOnlyLabel() {
		return invalid("field %s is declared already: its label, its section and its place are all that is published of it", f.Name)
	}
	if as.Label.Zh != "" && as.Label.Zh != f.Label.Zh {
		f.labels = append(f.labels, f.Label.Zh)
		f.Label = as.Label
	}
	if as.Section != "" {
		f.Section = as.Section
	}
	if as.Print != 0 {
		f.Print = as.Print
	}
	return nil
}

// isOnlyLabel reports whether the declaration says nothing but a label, a section and
// a place in the printed list.
func (f *Field) isOnlyLabel() bool {
	return f.Type == "" && f.Code == "" && f.Must == None && f.Codes == "" && f.Ref == "" && f.Min == nil && f.Max == nil && f.Bounds == None && f.MaxLen == 0 && f.Pattern == "" &&
		!f.Index && f.ListedBy == "" && !f.Mask && f.Personal == nil && !f.ReadOnly && !f.PersonName && f.FromID == "" && len(f.Copies) == 0 && f.After == "" && len(f.Sorts) == 0 &&
		(f.Label.Zh != "" || f.Section != "" || f.Print != 0)
}

// dropTaken leaves out the published codes that the program has as well.
func (b *builder) dropTaken(l *CodeList) {
	own := map[string]bool{}
	for _, item := range l.Items {
		if item.Published == 0 {
			own[strings.ToLower(item.Code)] = true
		}
	}
	l.Items = slices.DeleteFunc(l.Items, func(item Item) bool {
		return item.Published > 0 && item.Published != b.strict && own[strings.ToLower(item.Code)]
	})
}

// lastAdded is the entry of the publication that is judged which adds to the list.
func (b *builder) lastAdded(l *CodeList) any {
	for at := range b.places {
		if added, ok := at.(*CodeList); ok && added.Name == l.Name {
			return added
		}
	}
	return nil
}

// markWithdrawn marks what the city no longer offers: a field is not asked for any
// more, neither by itself nor by a rule that names it.
func (b *builder) markWithdrawn() {
	if len(b.s.withdrawn) == 0 {
		return
	}
	for _, k := range b.s.kinds {
		k.Withdrawn = b.s.withdrawn[k.Name]
		gone := map[string]bool{}
		for _, f := range k.Fields {
			if f != nil && b.s.withdrawn[k.Name+"."+f.Name] {
				f.Withdrawn, f.Must, gone[f.Name] = true, None, true
			}
		}
		for _, c := range k.Checks {
			if c != nil {
				c.withdrawn = c.names(gone)
			}
		}
	}
	for _, l := range b.s.lists {
		for i := range l.Items {
			l.Items[i].Withdrawn = b.s.withdrawn[l.Name+":"+l.Items[i].Code]
		}
	}
}

// names reports whether the rule speaks of one of the fields.
func (c *Check) names(fields map[string]bool) bool {
	return fields[c.Field] || fields[c.Other] || slices.ContainsFunc(c.Fields, func(name string) bool { return fields[name] }) ||
		slices.ContainsFunc(c.When, func(w Condition) bool { return fields[w.Field] })
}

// HoldsWithdrawn reports whether a value names a code that the city no longer offers.
func (f *Field) HoldsWithdrawn(value change.Value) bool {
	if f.list == nil {
		return false
	}
	gone := func(code string) bool {
		item, ok := f.list.Item(code)
		return ok && item.Withdrawn
	}
	if code, ok := value.AsText(); ok {
		return gone(code)
	}
	found := false
	return value.EachText(func(code string) { found = found || gone(code) }) && found
}
