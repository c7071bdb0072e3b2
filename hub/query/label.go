package query

import (
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// labelOf returns what names the values of a column for people; nil for a column
// that needs no names. f is the field, nil for a column that is none.
func (p *plan) labelOf(name string, f *schema.Field) func(change.Value) change.Value {
	switch {
	case slices.Contains(view.Tiers(), name):
		return p.unitName
	case f == nil:
		return nil
	case f.Type == schema.Unit:
		return p.unitName
	case f.List() != nil:
		return func(v change.Value) change.Value { return namesOf(f.List(), v) }
	}
	return nil
}

// unitName is the name of the unit of a code or an id, nothing when the tree has
// none.
func (p *plan) unitName(v change.Value) change.Value {
	u, ok := p.tree.ByCode(v.Text())
	if !ok {
		u, ok = p.tree.Unit(change.UnitID(v.Text()))
	}
	if !ok {
		return change.Null
	}
	return change.Text(u.Name)
}

// namesOf are the names of a code, or of the codes of a set.
func namesOf(list *schema.CodeList, v change.Value) change.Value {
	got, err := v.Get()
	if err != nil {
		return change.Null
	}
	switch x := got.(type) {
	case string:
		if item, ok := list.Item(x); ok {
			return change.Text(item.Label().In("zh"))
		}
	case []string:
		var names []string
		for _, code := range x {
			if item, ok := list.Item(code); ok {
				names = append(names, item.Label().In("zh"))
			}
		}
		return change.Set(names)
	}
	return change.Null
}
