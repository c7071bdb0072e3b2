package own

import (
	"context"
	"fmt"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
)

// Groups implements query.Rows.
func (r *rows) Groups(ctx context.Context, q view.Query, by ...string) ([]view.Group, error) {
	groups, err := r.groups(ctx, q, by)
	if err == nil && q.Limit > 0 && len(groups) > q.Limit {
		groups = groups[:q.Limit]
	}
	return groups, err
}

// EachGroup implements query.Rows.
func (r *rows) EachGroup(ctx context.Context, q view.Query, by []string, fn func(context.Context, view.Group) error) error {
	groups, err := r.groups(ctx, q, by)
	for i := 0; i < len(groups) && err == nil; i++ {
		err = fn(ctx, groups[i])
	}
	return err
}

// group is a group while it is counted.
type group struct {
	cells []view.Cell
	count int64
	ids   []change.RecordID // until it is no small one
}

// groups counts by columns, in their order, behind q.After.
func (r *rows) groups(ctx context.Context, q view.Query, by []string) ([]view.Group, error) {
	counted := map[string]*group{}
	storages := make([]view.Storage, len(by))
	for i, name := range by {
		storages[i], _ = view.StorageOf(q.Kind, name)
	}
	err := r.read(ctx, q, by, 0, func(s *selection, content view.Content) error {
		values, err := s.values(content)
		if err != nil {
			return err
		}
		for _, cells := range combinations(storages, values) {
			name := fmt.Sprint(cells)
			g, met := counted[name]
			if !met {
				g = &group{cells: cells}
				counted[name] = g
			}
			if g.count++; g.count <= view.SmallGroup {
				g.ids = append(g.ids, content.ID())
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return arranged(q, storages, counted), nil
}

// combinations are the groups that a record counts in: one, or one for each item of a
// set.
func combinations(storages []view.Storage, values []change.Value) [][]view.Cell {
	all := [][]view.Cell{{}}
	for i, storage := range storages {
		var wider [][]view.Cell
		for _, cells := range all {
			for _, item := range itemsOf(storage, values[i]) {
				wider = append(wider, append(slices.Clone(cells), item))
			}
		}
		all = wider
	}
	return all
}

func itemsOf(storage view.Storage, value change.Value) []view.Cell {
	if storage != view.Set {
		return []view.Cell{storage.Key(value)}
	}
	got, _ := value.Get()
	items, _ := got.([]string)
	if len(items) == 0 {
		return []view.Cell{{}}
	}
	cells := make([]view.Cell, len(items))
	for i, item := range items {
		cells[i] = view.TextCell(item)
	}
	return cells
}

// arranged are the groups behind q.After, in order; the records of small ones are named
// where that is asked for.
func arranged(q view.Query, storages []view.Storage, counted map[string]*group) []view.Group {
	shown := slices.Clone(storages)
	for i := range shown {
		if shown[i] == view.Set {
			shown[i] = view.Text // an item
		}
	}
	all := make([]*group, 0, len(counted))
	for _, g := range counted {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b *group) int { return slices.CompareFunc(a.cells, b.cells, view.Cell.Compare) })
	var after []view.Cell
	for i, v := range q.After {
		after = append(after, shown[i].Key(v))
	}
	var out []view.Group
	for _, g := range all {
		if after != nil && slices.CompareFunc(g.cells, after, view.Cell.Compare) <= 0 {
			continue
		}
		made := view.Group{Count: g.count, Values: make([]change.Value, len(shown))}
		for i, cell := range g.cells {
			made.Values[i] = shown[i].Value(cell)
		}
		if q.Named && g.count < view.SmallGroup {
			made.Records = g.ids
		}
		out = append(out, made)
	}
	return out
}
