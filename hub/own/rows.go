package own

import (
	"context"
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/node/desk"
)

// maxHeld bounds what an answer holds: bytes of the values of its rows.
const maxHeld = 64 << 20

// rows are the records of a file for one question. It implements query.Rows.
type rows struct {
	of      *Answers
	derived []view.Content // rows of a derived kind, once they are made
}

// Schema implements query.Rows.
func (r *rows) Schema() *schema.Schema { return r.of.at.Schema.Now() }

// Changed implements query.Rows.
func (r *rows) Changed(kind string) (number uint64) {
	k, ok := r.of.at.Schema.Kind(kind)
	if !ok {
		return 0
	}
	_ = r.of.desk.At(k, func(m *desk.Moment) error { // whatever fails here fails the reading of rows too
		number = r.of.changes.number(r.of.at, k, m.Number())
		return nil
	})
	return number
}

// Rows implements query.Rows.
func (r *rows) Rows(ctx context.Context, q view.Query) ([]view.Row, error) {
	return r.list(ctx, q, q.Limit)
}

// EachRow implements query.Rows. Nobody is told while the file is read: a slow reader
// would hold its room.
func (r *rows) EachRow(ctx context.Context, q view.Query, fn func(context.Context, view.Row) error) error {
	list, err := r.list(ctx, q, 0)
	for i := 0; i < len(list) && err == nil; i++ {
		err = fn(ctx, list[i])
		list[i] = view.Row{} // told
	}
	return err
}

// Count implements query.Rows.
func (r *rows) Count(ctx context.Context, q view.Query, by ...string) (n int64, err error) {
	if len(by) > 0 {
		groups, err := r.groups(ctx, q, by)
		return int64(len(groups)), err
	}
	err = r.read(ctx, q, nil, 0, func(*selection, view.Content) error {
		n++
		return nil
	})
	return n, err
}

// Parts implements query.Rows.
func (r *rows) Parts(ctx context.Context, units []change.UnitID, day string, tell func(unit change.UnitID, part string, n int64)) error {
	parts, err := r.of.desk.Parts(ctx, day)
	for _, unit := range units {
		for part, n := range parts[unit] {
			tell(unit, part, n)
		}
	}
	return err
}

// list reads rows in their order, behind q.After; limit 0: all.
func (r *rows) list(ctx context.Context, q view.Query, limit int) (out []view.Row, err error) {
	var picked page
	err = r.read(ctx, q, q.Columns, limit, func(s *selection, content view.Content) error {
		if picked.selection == nil {
			picked = page{selection: s, limit: limit, after: s.keysOf(q.After)}
		}
		return picked.add(content)
	}, func(*selection) error {
		if picked.selection != nil {
			out, err = picked.rows()
		}
		return err
	})
	return out, err
}

// read calls fn for each record that the question is about, and then finish, within one
// moment.
func (r *rows) read(ctx context.Context, q view.Query, columns []string, limit int, fn func(*selection, view.Content) error, finish ...func(*selection) error) error {
	return r.of.desk.At(q.Kind, func(m *desk.Moment) error {
		s := newSelection(r.of.at.Members.Tree(), m, q, columns)
		if err := s.prepare(limit); err != nil {
			return err
		}
		n := 0
		each := func(content view.Content) error {
			if n++; n%500 == 0 && ctx.Err() != nil {
				return fault.Wrap("answer from the file", ctx.Err())
			}
			fits, err := s.fits(content)
			if err != nil || !fits {
				return err
			}
			return fn(s, content)
		}
		err := r.each(m, q, each)
		for _, last := range finish {
			if err == nil {
				err = last(s)
			}
		}
		return err
	})
}

func (r *rows) each(m *desk.Moment, q view.Query, fn func(view.Content) error) error {
	if q.Kind.Sort != schema.Derived {
		return m.Each(q.Where, func(rec *merge.Record) error { return fn(rec) })
	}
	if r.derived == nil {
		r.derived = []view.Content{}
		if err := m.EachDerived(func(row facts.Row) error {
			r.derived = append(r.derived, view.Made(row))
			return nil
		}); err != nil {
			return err
		}
	}
	for _, row := range r.derived {
		if err := fn(row); err != nil {
			return err
		}
	}
	return nil
}

// page gathers the first rows of an order.
type page struct {
	*selection
	limit int // 0: all
	after []view.Cell
	held  int
	all   []pageRow
}

type pageRow struct {
	keys    []view.Cell
	content view.Content // nil: the values are made
	values  []change.Value
}

func (p *page) add(content view.Content) (err error) {
	row := pageRow{keys: p.keys(content), content: content}
	if p.after != nil && p.compare(row.keys, p.after) <= 0 {
		return nil
	}
	if p.limit == 0 { // records take more room than rows
		if row.values, err = p.values(content); err != nil {
			return err
		}
		row.content = nil
		if p.held += sizeOf(row.values); p.held > maxHeld {
			return fault.New(fault.Exhausted, "the answer takes more memory than there is for it here").WithHint("select fewer fields, or ask for fewer records with a filter")
		}
	}
	p.all = append(p.all, row)
	if p.limit > 0 && len(p.all) >= 2*p.limit {
		p.cut()
	}
	return nil
}

// cut leaves the first rows of those gathered.
func (p *page) cut() {
	slices.SortFunc(p.all, func(a, b pageRow) int { return p.compare(a.keys, b.keys) })
	if p.limit > 0 && len(p.all) > p.limit {
		clear(p.all[p.limit:])
		p.all = p.all[:p.limit]
	}
}

func (p *page) rows() (out []view.Row, err error) {
	p.cut()
	for i := range p.all {
		row := &p.all[i]
		if row.content != nil {
			if row.values, err = p.values(row.content); err != nil {
				return nil, err
			}
		}
		out = append(out, view.Row{Values: row.values, Key: p.keyValues(row.keys)})
		*row = pageRow{}
	}
	return out, nil
}

func sizeOf(values []change.Value) (n int) {
	for _, v := range values {
		n += 16 + len(v)
	}
	return n
}
