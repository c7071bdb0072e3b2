package viewtest

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// memoryTx changes a copy of the content.
type memoryTx struct {
	*memory
	schema *schema.Schema
}

var _ view.Tx = (*memoryTx)(nil)

// Standing implements view.Tx.
func (x *memoryTx) Standing() (view.Standing, error) { return x.stand(), nil }

// Advance implements view.Tx.
func (x *memoryTx) Advance(applied, skipped uint64) error {
	x.standing.Applied, x.standing.Skipped = applied, skipped
	return nil
}

// Number implements view.Tx.
func (x *memoryTx) Number(streams []change.Stream) ([]int64, error) {
	numbers := make([]int64, len(streams))
	for i, s := range streams {
		if x.streams[s] == 0 {
			x.streams[s] = int64(len(x.streams) + 1)
		}
		numbers[i] = x.streams[s]
	}
	return numbers, nil
}

// Streams implements view.Tx.
func (x *memoryTx) Streams(numbers ...int64) (map[int64]change.Stream, error) {
	return x.named(numbers), nil
}

// Units implements view.Tx.
func (x *memoryTx) Units(units []change.UnitID, path func(change.UnitID) view.Path) ([]int64, error) {
	numbers := make([]int64, len(units))
	for i, id := range units {
		at := slices.IndexFunc(x.units, func(u memoryUnit) bool { return u.id == id })
		if at < 0 {
			at = len(x.units)
			x.units = append(x.units, memoryUnit{id, path(id)})
		}
		numbers[i] = int64(at + 1)
	}
	return numbers, nil
}

// Load implements view.Tx.
func (x *memoryTx) Load(k *schema.Kind, ids []change.RecordID) ([]view.Held, error) {
	held := make([]view.Held, len(ids))
	for i, id := range ids {
		held[i] = x.held(k.Name, id)
	}
	return held, nil
}

// held is what there is of a record, a copy.
func (c *memory) held(kind string, id change.RecordID) view.Held {
	row, there := c.rows[recordKey{kind, id}]
	switch {
	case !there:
		return view.Held{ID: id}
	case len(row.stored) > 0:
		return view.Held{ID: id, Stored: bytes.Clone(row.stored)}
	}
	return view.Held{ID: id, Cells: slices.Clone(row.cells)}
}

// Insert implements view.Tx.
func (x *memoryTx) Insert(k *schema.Kind, ids []change.RecordID, row func(int) view.TableRow) (there []int, err error) {
	for i, id := range ids {
		if _, known := x.rows[recordKey{k.Name, id}]; known {
			there = append(there, i)
		} else if err := x.put(k, id, row(i)); err != nil {
			return nil, err
		}
	}
	return there, nil
}

// Replace implements view.Tx.
func (x *memoryTx) Replace(k *schema.Kind, held []view.Held, row func(int) view.TableRow) error {
	for i := range held {
		if _, known := x.rows[recordKey{k.Name, held[i].ID}]; !known {
			return fault.New(fault.Internal, "%s is replaced and is not there", held[i].ID)
		}
		if err := x.put(k, held[i].ID, row(i)); err != nil {
			return err
		}
	}
	return nil
}

// put keeps a copy of a row, which it holds against the contract.
func (x *memoryTx) put(k *schema.Kind, id change.RecordID, row view.TableRow) error {
	if want := len(view.RowFixed()) + len(view.Columns(k)); len(row.Cells) != want {
		return fault.New(fault.Internal, "a row has %d cells, not %d", len(row.Cells), want)
	}
	for _, name := range []string{view.RowUnit, view.RowAudience} {
		no, _ := row.Cells[slices.Index(view.RowFixed(), name)].Number()
		if no < 1 || no > int64(len(x.units)) {
			return fault.New(fault.Internal, "a row of %s %d, which has no number", name, no)
		}
	}
	if row.Cells[0] != view.TextCell(string(id)) {
		return fault.New(fault.Internal, "the row of another record than %s", id)
	}
	x.rows[recordKey{k.Name, id}] = memoryRow{cells: slices.Clone(row.Cells), stored: bytes.Clone(row.Stored)}
	return nil
}

// Remove implements view.Tx.
func (x *memoryTx) Remove(k *schema.Kind, held []view.Held) error {
	for i := range held {
		delete(x.rows, recordKey{k.Name, held[i].ID})
	}
	return nil
}

// Strays implements view.Tx.
func (x *memoryTx) Strays(kind string, ids []change.RecordID) (map[change.RecordID][]view.ShortSpot, error) {
	strays := map[change.RecordID][]view.ShortSpot{}
	for s := range x.strays {
		if s.Kind == kind && slices.Contains(ids, s.ID) {
			strays[s.ID] = append(strays[s.ID], s.Spot)
		}
	}
	return strays, nil
}

// EachStrayed implements view.Tx.
func (x *memoryTx) EachStrayed(fn func(kind string, id change.RecordID) error) error {
	for s := range x.strays {
		if err := fn(s.Kind, s.ID); err != nil {
			return err
		}
	}
	return nil
}

// AddStrays implements view.Tx.
func (x *memoryTx) AddStrays(strays []view.Stray) (int, error) {
	before := len(x.strays)
	for _, s := range strays {
		x.strays[s] = true
	}
	return len(x.strays) - before, nil
}

// RemoveStrays implements view.Tx.
func (x *memoryTx) RemoveStrays(kind string, ids []change.RecordID) error {
	for s := range x.strays {
		if s.Kind == kind && slices.Contains(ids, s.ID) {
			delete(x.strays, s)
		}
	}
	return nil
}

// Refuse implements view.Tx.
func (x *memoryTx) Refuse(refusal change.RecordID, names *system.Refused) (before *system.Refused, err error) {
	if was, known := x.refused[refusal]; known {
		before = &was
	}
	if delete(x.refused, refusal); names != nil {
		x.refused[refusal] = *names
	}
	return before, nil
}

// Refused implements view.Tx.
func (x *memoryTx) Refused(kind string, ids []change.RecordID) (map[change.RecordID][]change.Dot, error) {
	refused := map[change.RecordID][]change.Dot{}
	for _, of := range x.refused {
		if of.Kind == kind && slices.Contains(ids, of.Record) {
			refused[of.Record] = append(refused[of.Record], of.Dot)
		}
	}
	return refused, nil
}

// Range implements view.Tx.
func (x *memoryTx) Range(refusal change.RecordID, names *view.Span) (before *view.Span, err error) {
	if was, known := x.ranges[refusal]; known {
		before = &was
	}
	if delete(x.ranges, refusal); names != nil {
		x.ranges[refusal] = *names
	}
	return before, nil
}

// Ranges implements view.Tx.
func (x *memoryTx) Ranges(stream, from, to int64) (all []view.Span, err error) {
	for _, refusal := range slices.Sorted(maps.Keys(x.ranges)) {
		if s := x.ranges[refusal]; s.Stream == stream && s.From > from-system.MaxSpan && s.From <= to {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b view.Span) int { return cmp.Compare(a.From, b.From) })
	return all, nil
}

// AddCounts implements view.Tx.
func (x *memoryTx) AddCounts(k *schema.Kind, counts []view.Count) error {
	for _, c := range counts {
		x.counts[countKey{k.Name, c.Field, c.Unit, c.Value}] += c.N
	}
	return nil
}

// Beside implements view.Tx.
func (x *memoryTx) Beside(k *schema.Kind, field string, value view.Cell) (held []view.Held, err error) {
	rows := x.of(k)
	for _, id := range slices.SortedFunc(maps.Keys(rows), view.CompareIDs) {
		if x.cellOf(k, rows[id], field) == value {
			held = append(held, x.held(k.Name, id))
		}
	}
	return held, nil
}

// SetFindings implements view.Tx.
func (x *memoryTx) SetFindings(k *schema.Kind, verdicts []view.Verdict) error {
	at := func(field string) int {
		return len(view.RowFixed()) + slices.IndexFunc(view.Columns(k), func(c view.Column) bool { return c.Field == field })
	}
	for _, v := range verdicts {
		key := recordKey{k.Name, v.ID}
		row, known := x.rows[key]
		if !known {
			continue
		}
		row.cells = slices.Clone(row.cells)
		row.cells[at(schema.FindingsField)], row.cells[at(schema.ExplainedField)] = v.Findings, v.Explained
		x.rows[key] = row
	}
	return nil
}

// Reviewed implements view.Tx.
func (x *memoryTx) Reviewed(day string) error {
	x.standing.Reviewed = day
	return nil
}

// Identify implements view.Tx.
func (x *memoryTx) Identify(identity string) error {
	x.identity = identity
	return nil
}

// Retree implements view.Tx.
func (x *memoryTx) Retree(tree string, path func(change.UnitID) view.Path) error {
	for i := range x.units {
		x.units[i].path = path(x.units[i].id)
	}
	x.standing.Tree = tree
	return nil
}
