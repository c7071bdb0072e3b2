package view

import (
	"context"
	"encoding/json"
	"slices"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Rows implements Reader.
func (m *Merged) Rows(ctx context.Context, q Query) ([]Row, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if q.Limit <= 0 {
		return nil, errNoLimit()
	}
	r, err := m.rows(&q)
	if err != nil {
		return nil, err
	}
	var out []Row
	err = r.each(ctx, m.tables, func(row Row) error {
		if out == nil {
			out = make([]Row, 0, min(q.Limit, 4))
		}
		out = append(out, row)
		return nil
	})
	return out, err
}

// rowSelection is a selection of rows, of which the first cells are read and the
// others are their keys.
type rowSelection struct {
	*Selection
	read int
}

func (m *Merged) rows(q *Query) (rowSelection, error) {
	s, err := m.selection(q, q.Columns)
	if err != nil {
		return rowSelection{}, err
	}
	s.Order = make([]filter.Order, 0, len(q.Order)+1)
	for _, o := range q.Order {
		s.Order = append(s.Order, filter.Order{Field: orderColumn(q.Kind, o.Field), Desc: o.Desc})
	}
	s.Order = append(s.Order, filter.Order{Field: ColID})
	keys, err := storagesOf(q.Kind, s.Order, func(o filter.Order) string { return o.Field })
	if err != nil {
		return rowSelection{}, err
	}
	s.After = cellsOf(keys, q.After)
	read := len(s.Storages)
	s.Columns = withOrder(s.Columns, s.Order)
	s.Storages = append(s.Storages, keys...)
	return rowSelection{Selection: s, read: read}, nil
}

func (s rowSelection) each(ctx context.Context, in Tables, fn func(Row) error) error {
	return in.Select(ctx, s.Selection, func(cells []Cell) error {
		values := valuesOf(s.Storages, cells)
		return fn(Row{Values: values[:s.read:s.read], Key: values[s.read:]})
	})
}

// Groups implements Reader.
func (m *Merged) Groups(ctx context.Context, q Query, by ...string) ([]Group, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if q.Limit <= 0 {
		return nil, errNoLimit()
	}
	g, err := m.groups(&q, by)
	if err != nil {
		return nil, err
	}
	if field, ok := m.keptCount(g.Selection); ok && !q.Named {
		return m.addUp(ctx, g.Selection, field)
	}
	var out []Group
	err = g.each(ctx, m.tables, func(group Group) error {
		out = append(out, group)
		return nil
	})
	return out, err
}

// groupSelection is a selection of groups, with the storages that they are shown in.
type groupSelection struct {
	*Selection
	shown []Storage
}

func (m *Merged) groups(q *Query, by []string) (groupSelection, error) {
	s, err := m.selection(q, by)
	if err != nil {
		return groupSelection{}, err
	}
	shown := itemStorages(s.Storages)
	s.Counted, s.Named, s.After = true, q.Named, cellsOf(shown, q.After)
	return groupSelection{Selection: s, shown: shown}, nil
}

// itemStorages are the storages in which groups show what they count by: of a set its
// items.
func itemStorages(storages []Storage) []Storage {
	shown := slices.Clone(storages)
	for i := range shown {
		if shown[i] == Set {
			shown[i] = Text
		}
	}
	return shown
}

func (s groupSelection) each(ctx context.Context, in Tables, fn func(Group) error) error {
	return in.Select(ctx, s.Selection, func(cells []Cell) (err error) {
		count, _ := cells[len(s.shown)].Number()
		g := Group{Values: valuesOf(s.shown, cells), Count: count}
		if s.Named {
			if g.Records, err = recordsOf(cells[len(s.shown)+1]); err != nil {
				return err
			}
		}
		return fn(g)
	})
}

// Count implements Reader.
func (m *Merged) Count(ctx context.Context, q Query, by ...string) (n int64, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s, err := m.selection(&q, by)
	if err != nil {
		return 0, err
	}
	s.Counted, s.Limit = len(by) > 0, 0
	if field, ok := m.keptCount(s); ok {
		groups, err := m.addUp(ctx, s, field)
		if len(by) > 0 || len(groups) == 0 {
			return int64(len(groups)), err
		}
		return groups[0].Count, err
	}
	s.Total = true
	err = m.tables.Select(ctx, s, func(cells []Cell) error {
		n, _ = cells[0].Number()
		return nil
	})
	return n, err
}

func errNoLimit() error { return fault.New(fault.Invalid, "a question without a limit") }

// recordsOf are the ids in the last cell of a named group.
func recordsOf(c Cell) (ids []change.RecordID, err error) {
	raw, small := c.Text()
	if !small {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(raw), &ids); err != nil {
		return nil, fault.As(fault.Damaged, "read the records of a group", err)
	}
	return ids, nil
}

// selection resolves what rows and groups have in common.
func (m *Merged) selection(q *Query, columns []string) (*Selection, error) {
	if _, known := m.layouts[q.Kind.Name]; !known {
		return nil, fault.New(fault.Invalid, "a question about an unknown kind")
	}
	if q.Today != "" && !calendar.Valid(q.Today) {
		return nil, fault.New(fault.Invalid, "a question of a day that does not exist")
	}
	storages, err := storagesOf(q.Kind, columns, func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	s := &Selection{Kind: q.Kind, Columns: columns, Storages: storages, Where: q.Where, Void: q.Void, Limit: q.Limit, Today: q.Today,
		All: q.Scope.All, Under: q.Scope.Under, From: q.Scope.From, To: q.Scope.To}
	s.Tier, s.Code, s.Joint = tierOf(m.tree, q.Scope.Under)
	s.Moved = m.holdings.Load().any(q.Kind.Name)
	return s, nil
}

// tierOf is the column and the code that rows under a unit have; none when the
// tree does not know it, as then nobody is below it.
func tierOf(t *tree.Tree, unit change.UnitID) (column, code string, joint bool) {
	if t == nil {
		return "", "", false
	}
	u, ok := t.Unit(unit)
	if !ok {
		return "", "", false
	}
	return Tier(u.Level), codeIn(t, u), t.Size(unit) > 1
}

// storagesOf are the storages of the columns that the items name.
func storagesOf[T any](k *schema.Kind, items []T, nameOf func(T) string) ([]Storage, error) {
	storages := make([]Storage, len(items), len(items)+4)
	for i, item := range items {
		storage, ok := StorageOf(k, nameOf(item))
		if !ok {
			return nil, fault.New(fault.Invalid, "%s has no column %q", k.Name, nameOf(item))
		}
		storages[i] = storage
	}
	return storages, nil
}

// withOrder are the columns, then those of the order.
func withOrder(columns []string, order []filter.Order) []string {
	names := append(make([]string, 0, len(columns)+len(order)), columns...)
	for _, o := range order {
		names = append(names, o.Field)
	}
	return names
}

// cellsOf turns the values of a page's end back into cells. One that is not a
// page's end of this order begins at the start.
func cellsOf(storages []Storage, values []change.Value) []Cell {
	if len(values) == 0 || len(values) != len(storages) {
		return nil
	}
	cells := make([]Cell, len(values))
	for i, v := range values {
		cells[i] = storages[i].Key(v)
	}
	return cells
}

// valuesOf are the values of the first cells, one for each storage.
func valuesOf(storages []Storage, cells []Cell) []change.Value {
	values := make([]change.Value, len(storages))
	for i, storage := range storages {
		values[i] = storage.Value(cells[i])
	}
	return values
}
