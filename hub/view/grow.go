package view

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// What a city publishes only adds kinds and columns. So the tables grow where they
// stand: the new columns are empty in nearly every row, and only rows beside which
// something is stored can be of records that have such a field already. Where more
// would be needed, the tables are made again.

// growing is how tables come from one schema to the next.
type growing struct {
	was, is map[string]*layout
	grown   []*layout // of kinds that have more columns
}

// growthOf is nil when the tables of a schema cannot become those of another by adding
// to them.
func growthOf(was, is map[string]*layout) *growing {
	g := &growing{was: was, is: is}
	for name, l := range was {
		next, there := is[name]
		if !there || next.kind.Personal != l.kind.Personal || next.kind.System != l.kind.System {
			return nil
		}
		for _, c := range l.columns {
			if i := columnAt(next.columns, c.Field); i < 0 || !next.columns[i].same(c) {
				return nil
			}
		}
		if len(next.columns) > len(l.columns) {
			if len(next.counted) > len(l.counted) && len(l.counted) == 0 {
				return nil // nothing tells how many records there are
			}
			g.grown = append(g.grown, next)
		}
	}
	return g
}

func columnAt(columns []Column, field string) int {
	return slices.IndexFunc(columns, func(c Column) bool { return c.Field == field })
}

// same reports whether a table may keep the column.
func (c Column) same(o Column) bool {
	return c.Storage == o.Storage && c.Index == o.Index && c.List == o.List && (c.key == nil) == (o.key == nil)
}

// missesChanges reports whether changes of a new kind came before the kind: they are
// noted as strays, and only the journal has them.
func (g *growing) missesChanges(ctx context.Context, t Tables) (bool, error) {
	for name := range g.is {
		if _, known := g.was[name]; known {
			continue
		}
		strayed, err := t.Strayed(ctx, name)
		if err != nil || strayed {
			return strayed, err
		}
	}
	return false, nil
}

// grow adds to the tables what a schema has more, while questions go on, which do not
// ask for it. It returns nil where the tables have to be made again. They have no
// identity until fill: what is left after a crash is made again.
func (m *Merged) grow(ctx context.Context, s *schema.Schema, next map[string]*layout) (*growing, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	g := growthOf(m.layouts, next)
	if g == nil || m.closed {
		return nil, nil
	}
	misses, err := g.missesChanges(ctx, m.tables)
	if err != nil || misses {
		return nil, err
	}
	return g, m.tables.Grow(ctx, s)
}

// fill brings what is there into the new columns. The view has the schema already.
func (m *Merged) fill(ctx context.Context, g *growing) error {
	m.tables.Use(m.schema)
	m.pass = nil
	m.kept.drop()
	m.past.drop()
	return m.tables.Update(ctx, func(tx Tx) error {
		a := application{view: m, tx: tx, holdings: m.holdings.Load(), paths: map[change.UnitID]*Path{}, units: map[change.UnitID]int64{}, byKind: map[string]*work{}}
		for _, l := range g.grown {
			if err := a.fillKind(ctx, g.was[l.kind.Name], l); err != nil {
				return err
			}
		}
		if err := tx.Reviewed(""); err != nil { // other rules
			return err
		}
		return tx.Identify(m.identity())
	})
}

// fillKind fills the new columns of a kind, and counts what is counted by them.
func (a *application) fillKind(ctx context.Context, was, is *layout) error {
	w := a.workOf(is.kind.Name, 0)
	added := addedFields(was, is)
	if err := a.countBlank(ctx, w, was, added); err != nil {
		return err
	}
	list, held, err := a.view.recordsWith(ctx, is, added)
	if err != nil {
		return err
	}
	if err := a.numberUnits(len(list), func(i int) Belonging { return list[i].home }); err != nil {
		return err
	}
	if len(list) > 0 {
		err = a.tx.Replace(is.kind, held, func(i int) TableRow {
			w.recount(added, &list[i])
			return TableRow{Cells: a.row(w, list[i].r, list[i].home), Stored: held[i].Stored}
		})
	}
	if err != nil {
		return err
	}
	return a.writeCounts(w)
}

func addedFields(was, is *layout) map[string]bool {
	added := map[string]bool{}
	for _, c := range is.columns {
		if columnAt(was.columns, c.Field) < 0 {
			added[c.Field] = true
		}
	}
	return added
}

// countBlank counts all records under nothing, by each new column that is counted: as
// many as any other column of the kind counts.
func (a *application) countBlank(ctx context.Context, w *work, was *layout, added map[string]bool) error {
	if len(w.counted) == len(was.counted) {
		return nil
	}
	return a.view.tables.Counts(ctx, was.kind, was.counted[0].Field, func(unit []byte, _ Cell, n int64) error {
		for i, c := range w.counted {
			if added[c.Field] {
				w.counts[counted{column: i, unit: change.UnitID(unit)}] += n
			}
		}
		return nil
	})
}

// recount moves a record from those that count under nothing.
func (w *work) recount(added map[string]bool, x *writing) {
	if x.r.Void() {
		return
	}
	for i, c := range w.counted {
		if added[c.Field] {
			w.counts[counted{column: i, unit: x.home.Unit}]--
			w.counts[counted{column: i, unit: x.home.Unit, value: c.Cell(x.r)}]++
		}
	}
}

// recordsWith reads the records that have one of the fields.
func (m *Merged) recordsWith(ctx context.Context, l *layout, fields map[string]bool) (list []writing, held []Held, err error) {
	streams := map[int64]change.Stream{}
	err = m.tables.EachStored(ctx, l.kind, func(h Held) error {
		read, err := m.contentOf(ctx, l, &h, streams)
		if err != nil || !hasAny(read, fields) {
			return err
		}
		h.Stored = slices.Clone(h.Stored)
		list, held = append(list, writing{held: h, r: mergedOf(read), home: m.home(read)}), append(held, h)
		return nil
	})
	return list, held, err
}

func hasAny(r Content, fields map[string]bool) bool {
	for field := range fields {
		if value := r.Value(field); !value.IsNull() {
			return true
		}
	}
	return false
}

// Reshape implements Keeper.
func (m *Merged) Reshape(ctx context.Context, s *schema.Schema) (again bool, err error) {
	m.write.Lock()
	defer m.write.Unlock()
	was, next, g := m.Schema(), layouts(s), (*growing)(nil)
	if Shape(was) != Shape(s) {
		if g, err = m.grow(ctx, s, next); ctx.Err() != nil {
			return false, fault.Wrap("give the view another schema", ctx.Err())
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false, errViewClosed()
	}
	layoutsWas := m.layouts
	m.take(s, next)
	switch {
	case Shape(was) == Shape(s):
		m.pass = nil
		err = m.tables.Update(ctx, func(tx Tx) error { return tx.Reviewed("") }) // other rules
	case err == nil && g != nil:
		if err = m.fill(ctx, g); err == nil || ctx.Err() != nil {
			break
		}
		fallthrough
	default:
		again, err = true, m.startAgain(ctx)
	}
	if err != nil {
		m.take(was, layoutsWas)
		return false, fault.Wrap("give the view another schema", err)
	}
	m.changes.all()
	return again, nil
}

// take makes a schema the view's.
func (m *Merged) take(s *schema.Schema, of map[string]*layout) {
	m.schema, m.layouts = s, of
	m.derived = derivedKinds(s)
	m.filled, m.book = nil, nil
}

// startAgain is remake beside what is read for long, which it ends.
func (m *Merged) startAgain(ctx context.Context) error {
	m.long.end()
	m.long = newLongReads()
	return m.remake(ctx)
}

// Schema implements Reader.
func (m *Merged) Schema() *schema.Schema {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.schema
}
