package view

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/tree"
)

// Kept counts are added up here and not by the engine: a unit has its tiers in
// the tree, and no row needs to be looked at.

// maxBy is the most columns that kept counts are added up by.
const maxBy = 4

// keptCount finds the field whose counts answer the question: without a filter,
// in a part of the tree or everywhere, by tiers and at most one field that is
// counted. When it is by tiers alone any such field does that is no set, since each
// record has one value of it or none.
func (m *Merged) keptCount(s *Selection) (field string, ok bool) {
	kept := m.layouts[s.Kind.Name].counted
	if s.Where != nil && !s.Where.All() || s.Void || len(s.From) > 0 {
		return "", false
	}
	for _, name := range s.Columns {
		switch {
		case OfUnit(name):
		case field == "" && slices.ContainsFunc(kept, func(c Column) bool { return c.Field == name }):
			field = name
		default:
			return "", false
		}
	}
	if field == "" {
		i := slices.IndexFunc(kept, func(c Column) bool { return c.Storage != Set })
		if i < 0 {
			return "", false
		}
		field = kept[i].Field
	}
	return field, len(s.Columns) <= maxBy
}

// tiers are the columns of the tiers, for looking up only.
var tiers = Tiers()

// OfUnit reports whether a column follows from the unit a record belongs to.
func OfUnit(name string) bool { return name == ColUnit || slices.Contains(tiers, name) }

// groupKey is the cells of the columns that are counted by.
type groupKey [maxBy]Cell

func (k groupKey) compare(o groupKey) int { return slices.CompareFunc(k[:], o[:], Cell.Compare) }

// addUp answers a question from the counts that are kept of a field.
func (m *Merged) addUp(ctx context.Context, s *Selection, field string) ([]Group, error) {
	list, err := m.countsOf(ctx, s.Kind, field)
	if err != nil {
		return nil, err
	}
	within := map[change.UnitID]bool{}
	for _, unit := range under(m.tree, s.Under) {
		within[unit] = true
	}
	sums := map[groupKey]int64{}
	at := slices.Index(s.Columns, field)
	var last change.UnitID
	var home groupKey
	for i := range list {
		c := &list[i]
		if !s.All && !within[c.unit] {
			continue
		}
		if last == "" || last != c.unit {
			last, home = c.unit, homeKey(PathOf(m.tree, c.unit), s.Columns)
		}
		key := home
		if at >= 0 {
			key[at] = c.value
		}
		sums[key] += c.n
	}
	return pageOf(s, sums), nil
}

// homeKey has the cells of the columns that follow from the unit.
func homeKey(p Path, by []string) (key groupKey) {
	for i, name := range by {
		if tier := slices.Index(tiers, name); tier >= 0 {
			key[i] = TextCell(p.Tiers[tier])
		} else if name == ColUnit {
			key[i] = TextCell(p.Unit)
		}
	}
	return key
}

// pageOf puts the sums in order and cuts out the page that is asked for.
func pageOf(s *Selection, sums map[groupKey]int64) []Group {
	var after groupKey
	copy(after[:], s.After)
	keys := make([]groupKey, 0, len(sums))
	for key, n := range sums {
		if n > 0 && (s.After == nil || key.compare(after) > 0) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, groupKey.compare)
	if s.Limit > 0 {
		keys = keys[:min(len(keys), s.Limit)]
	}
	var groups []Group
	shown := itemStorages(s.Storages)
	for i := range keys {
		groups = append(groups, Group{Values: valuesOf(shown, keys[i][:]), Count: sums[keys[i]]})
	}
	return groups
}

// under lists a unit and those below it; none when the tree does not know it.
func under(t *tree.Tree, unit change.UnitID) []change.UnitID {
	if t == nil {
		return nil
	}
	var ids []change.UnitID
	for _, u := range t.Units(unit) {
		ids = append(ids, u.ID)
	}
	return ids
}
