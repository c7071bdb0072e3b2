package viewtest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// Standing implements view.Tables.
func (m *Memory) Standing(ctx context.Context) (view.Standing, error) {
	now, err := m.now(ctx)
	if err != nil {
		return view.Standing{}, err
	}
	return now.stand(), nil
}

// Find implements view.Tables.
func (m *Memory) Find(ctx context.Context, kind string, id change.RecordID) (view.Found, error) {
	now, err := m.now(ctx)
	if err != nil {
		return view.Found{}, err
	}
	found := view.Found{Applied: now.standing.Applied, Held: now.held(kind, id)}
	for s := range now.strays {
		if s.Kind == kind && s.ID == id {
			found.Strays = append(found.Strays, s.Spot)
		}
	}
	return found, nil
}

// Streams implements view.Tables.
func (m *Memory) Streams(ctx context.Context, numbers ...int64) (map[int64]change.Stream, error) {
	now, err := m.now(ctx)
	if err != nil {
		return nil, err
	}
	return now.named(numbers), nil
}

func (c *memory) named(numbers []int64) map[int64]change.Stream {
	names := map[int64]change.Stream{}
	for s, no := range c.streams {
		if len(numbers) == 0 || slices.Contains(numbers, no) {
			names[no] = s
		}
	}
	return names
}

// Each implements view.Tables.
func (m *Memory) Each(ctx context.Context, k *schema.Kind, unit change.UnitID, fn func(view.Held) error) error {
	now, err := m.now(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(now.of(k))) {
		if unit != "" && now.unitOf(now.rows[recordKey{k.Name, id}], view.RowUnit).id != unit {
			continue
		}
		if err := fn(now.held(k.Name, id)); err != nil {
			return err
		}
	}
	return nil
}

// Gather implements view.Tables.
func (m *Memory) Gather(ctx context.Context, k *schema.Kind, unit change.UnitID, fn func(view.Held) error) error {
	return m.Each(ctx, k, unit, func(h view.Held) error {
		h.Cells = slices.Clone(h.Cells)
		return fn(h)
	})
}

// EachStored implements view.Tables.
func (m *Memory) EachStored(ctx context.Context, k *schema.Kind, fn func(view.Held) error) error {
	return m.Each(ctx, k, "", func(h view.Held) error {
		if len(h.Stored) == 0 {
			return nil
		}
		return fn(h)
	})
}

// Strayed implements view.Tables.
func (m *Memory) Strayed(ctx context.Context, kind string) (bool, error) {
	now, err := m.now(ctx)
	if err != nil {
		return false, err
	}
	for s := range now.strays {
		if s.Kind == kind {
			return true, nil
		}
	}
	return false, nil
}

// unitOf is a unit of a row: the one it belongs to, or is addressed to.
func (c *memory) unitOf(row memoryRow, column string) memoryUnit {
	no, _ := row.cells[slices.Index(view.RowFixed(), column)].Number()
	return c.units[no-1]
}

// of are the rows of a kind.
func (c *memory) of(k *schema.Kind) map[change.RecordID]memoryRow {
	rows := map[change.RecordID]memoryRow{}
	for key, row := range c.rows {
		if key.kind == k.Name {
			rows[key.id] = row
		}
	}
	return rows
}

// Counts implements view.Tables.
func (m *Memory) Counts(ctx context.Context, k *schema.Kind, field string, fn func([]byte, view.Cell, int64) error) error {
	now, err := m.now(ctx)
	if err != nil {
		return err
	}
	for key, n := range now.counts {
		if key.kind != k.Name || key.field != field {
			continue
		}
		if err := fn([]byte(key.unit), key.value, n); err != nil {
			return err
		}
	}
	return nil
}

// Select implements view.Tables.
func (m *Memory) Select(ctx context.Context, s *view.Selection, fn func([]view.Cell) error) error {
	now, err := m.now(ctx)
	if err != nil {
		return err
	}
	var rows []memoryRow
	for _, row := range now.of(s.Kind) {
		if now.matches(s, row) {
			rows = append(rows, row)
		}
	}
	list := listed(asked{s, now}, rows)
	if s.Counted {
		list = grouped(asked{s, now}, rows)
	}
	switch {
	case s.Total:
		return fn([]view.Cell{view.NumberCell(int64(len(list)))})
	case s.Limit > 0:
		list = list[:min(len(list), s.Limit)]
	}
	for _, cells := range list {
		if err := fn(cells); err != nil {
			return err
		}
	}
	return nil
}

// matches reports whether the row is one of the selection's.
func (c *memory) matches(s *view.Selection, row memoryRow) bool {
	below := s.Tier != "" && c.cellOf(s.Kind, row, s.Tier) == view.TextCell(s.Code)
	if s.Tier == view.ColCommunity && !s.Joint {
		below = c.unitOf(row, view.RowUnit).id == s.Under
	}
	within := s.All || below ||
		slices.Contains(s.From, c.unitOf(row, view.RowUnit).id) && slices.Contains(s.To, c.unitOf(row, view.RowAudience).id)
	if !within || !s.Void && c.cellOf(s.Kind, row, view.RowVoid) == view.NumberCell(1) {
		return false
	}
	return s.Where == nil || s.Where.Match(c.valuesOf(s.Kind, row))
}

// valuesOf is the row as a filter's Match wants it.
func (c *memory) valuesOf(k *schema.Kind, row memoryRow) map[string]change.Value {
	values := map[string]change.Value{}
	names := append(view.Tiers(), view.ColID, view.ColUnit, view.ColConflicts, view.ColContested)
	for _, column := range view.Columns(k) {
		names = append(names, column.Field)
	}
	for _, name := range names {
		storage, _ := view.StorageOf(k, name)
		if v := storage.Value(c.cellOf(k, row, name)); !v.IsNull() {
			values[name] = v
		}
	}
	return values
}

// asked is a selection over rows in memory.
type asked struct {
	*view.Selection
	in *memory
}

// cell is the cell of a column, or an age.
func (s asked) cell(row memoryRow, name string) view.Cell {
	birth, ages := s.Kind.BirthDate()
	if name != view.ColAge || !ages {
		return s.in.cellOf(s.Kind, row, name)
	}
	born, _ := s.in.cellOf(s.Kind, row, birth.Name).Text()
	age, ok := calendar.Age(born, s.Today)
	if !ok {
		return view.Cell{}
	}
	return view.NumberCell(int64(age))
}

// cellOf is the cell of a column as questions name it.
func (c *memory) cellOf(k *schema.Kind, row memoryRow, name string) view.Cell {
	path := c.unitOf(row, view.RowUnit).path
	if name == view.ColUnit {
		return view.TextCell(path.Unit)
	}
	if tier := slices.Index(view.Tiers(), name); tier >= 0 {
		return view.TextCell(path.Tiers[tier])
	}
	fixed := view.RowFixed()
	if i := slices.Index(fixed, name); i >= 0 {
		return row.cells[i]
	}
	i := slices.IndexFunc(view.Columns(k), func(c view.Column) bool { return c.Field == name })
	return row.cells[len(fixed)+i]
}

// compareCells puts the cells of a column in order.
func compareCells(name string, a, b view.Cell) int {
	if name != view.ColID {
		return a.Compare(b)
	}
	one, _ := a.Text()
	other, _ := b.Text()
	return view.CompareIDs(change.RecordID(one), change.RecordID(other))
}

// listed are the columns of the rows behind After, in the selection's order.
func listed(s asked, rows []memoryRow) (list [][]view.Cell) {
	type keyed struct{ keys, cells []view.Cell }
	compare := func(a, b []view.Cell) int {
		for i, o := range s.Order {
			if c := compareCells(o.Field, a[i], b[i]); c != 0 && o.Desc {
				return -c
			} else if c != 0 {
				return c
			}
		}
		return 0
	}
	var all []keyed
	for _, row := range rows {
		var k keyed
		for _, o := range s.Order {
			k.keys = append(k.keys, s.cell(row, o.Field))
		}
		for _, name := range s.Columns {
			k.cells = append(k.cells, s.cell(row, name))
		}
		if s.After == nil || compare(k.keys, s.After) > 0 {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b keyed) int { return compare(a.keys, b.keys) })
	for _, k := range all {
		list = append(list, k.cells)
	}
	return list
}

// grouped are the groups of the rows behind After, with their counts.
func grouped(s asked, rows []memoryRow) (list [][]view.Cell) {
	compare := func(a, b []view.Cell) int {
		for i, name := range s.Columns {
			if c := compareCells(name, a[i], b[i]); c != 0 {
				return c
			}
		}
		return 0
	}
	var keys [][]view.Cell
	ids := map[string][]string{} // of the rows with a key
	for _, row := range rows {
		made := [][]view.Cell{{}}
		for i, name := range s.Columns {
			var wider [][]view.Cell
			for _, key := range made {
				for _, item := range itemsOf(s.Storages[i], s.cell(row, name)) {
					wider = append(wider, append(slices.Clone(key), item))
				}
			}
			made = wider
		}
		keys = append(keys, made...)
		id, _ := s.cell(row, view.ColID).Text()
		for _, key := range made {
			ids[fmt.Sprint(key)] = append(ids[fmt.Sprint(key)], id)
		}
	}
	slices.SortFunc(keys, compare)
	for from := 0; from < len(keys); {
		to := from
		for to < len(keys) && compare(keys[from], keys[to]) == 0 {
			to++
		}
		if s.After == nil || compare(keys[from], s.After) > 0 {
			key := keys[from]
			cells := append(slices.Clone(key), view.NumberCell(int64(to-from)))
			if s.Named {
				cells = append(cells, smallGroup(ids[fmt.Sprint(key)]))
			}
			list = append(list, cells)
		}
		from = to
	}
	return list
}

// smallGroup lists the ids of a group that is one.
func smallGroup(ids []string) view.Cell {
	raw, err := json.Marshal(ids)
	if err != nil || len(ids) >= view.SmallGroup {
		return view.Cell{}
	}
	return view.TextCell(string(raw))
}

// itemsOf are the cells that a row counts under: those of a set's items.
func itemsOf(storage view.Storage, cell view.Cell) []view.Cell {
	if storage != view.Set {
		return []view.Cell{cell}
	}
	got, _ := storage.Value(cell).Get()
	items, _ := got.([]string)
	slices.SortFunc(items, strings.Compare)
	var cells []view.Cell
	for _, item := range items {
		cells = append(cells, view.TextCell(item))
	}
	if len(cells) == 0 {
		return []view.Cell{{}}
	}
	return cells
}
