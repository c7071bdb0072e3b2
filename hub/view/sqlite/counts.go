package sqlite

import (
	"context"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/tree"
)

// What tallies hold is added up here and not by SQL: a unit has its tiers in
// the tree, and no row needs to be looked at.

// tallying finds the field whose tallies answer the question: without a filter,
// in a part of the tree or everywhere, by tiers and at most one field that is
// tallied. When it is by tiers alone any such field does, for each record has
// one value of it or none.
func (v *View) tallying(q *view.Query, by []string) (field string, ok bool) {
	tallied := v.savers[q.Kind.Name].tallied
	if q.Where != nil && !q.Where.All() || q.Void || len(q.Scope.From) > 0 || len(tallied) == 0 {
		return "", false
	}
	for _, name := range by {
		switch {
		case ofUnit(name):
		case field == "" && slices.ContainsFunc(tallied, func(c view.Column) bool { return c.Field == name }):
			field = name
		default:
			return "", false
		}
	}
	if field == "" {
		field = tallied[0].Field
	}
	return field, len(by) <= maxBy
}

// ofUnit reports whether a column follows from the unit a record belongs to.
func ofUnit(name string) bool { return name == view.ColUnit || slices.Contains(view.Tiers(), name) }

// maxBy is the most columns that tallies are added up by.
const maxBy = 4

// groupKey is the cells of the columns that are counted by.
type groupKey [maxBy]view.Cell

func (k groupKey) compare(o groupKey) int { return slices.CompareFunc(k[:], o[:], view.Cell.Compare) }

// addUp answers a question from the tallies of a field.
func (v *View) addUp(ctx context.Context, q *view.Query, field string, by []string, storages []view.Storage) ([]view.Group, error) {
	text, args := "SELECT unit, value, n FROM "+tallyOf(q.Kind)+" WHERE field = ?", []any{field}
	if !q.Scope.All {
		text, args = text+" AND unit IN (SELECT value FROM json_each(?))", append(args, list(under(v.tree, q.Scope.Under)))
	}
	sums, homes := map[groupKey]int64{}, map[string]groupKey{}
	err := v.askLocked(ctx, text, args, func(row *statement) error {
		key, known := homes[string(row.bytes(0))]
		if !known {
			unit := string(row.bytes(0))
			key = homeKey(view.PathOf(v.tree, change.UnitID(unit)), by)
			homes[unit] = key
		}
		if i := slices.Index(by, field); i >= 0 {
			key[i] = row.cell(1)
		}
		count, _ := row.cell(2).Number()
		sums[key] += count
		return nil
	})
	return pageOf(q, sums, storages), err
}

// homeKey has the cells of the columns that follow from the unit.
func homeKey(p view.Path, by []string) (key groupKey) {
	for i, name := range by {
		if tier := slices.Index(view.Tiers(), name); tier >= 0 {
			key[i] = view.TextCell(p.Tiers[tier])
		} else if name == view.ColUnit {
			key[i] = view.TextCell(p.Unit)
		}
	}
	return key
}

// pageOf puts the sums in order and takes the page that is asked for.
func pageOf(q *view.Query, sums map[groupKey]int64, storages []view.Storage) []view.Group {
	var after groupKey
	for i, value := range q.After {
		after[i] = storages[i].Key(value)
	}
	var keys []groupKey
	for key, n := range sums {
		if n > 0 && (q.After == nil || key.compare(after) > 0) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, groupKey.compare)
	keys = keys[:min(len(keys), q.Limit)]
	var groups []view.Group
	for _, key := range keys {
		values := make([]change.Value, len(storages))
		for i, storage := range storages {
			values[i] = storage.Value(key[i])
		}
		groups = append(groups, view.Group{Values: values, Count: sums[key]})
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
