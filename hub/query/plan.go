package query

import (
	"crypto/sha256"
	"slices"
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// colCount is the last column of a count.
const colCount = "count"

// maxGroupBy is the most columns to count by.
const maxGroupBy = 3

// plan is a request that has been checked.
type plan struct {
	kind    *schema.Kind
	scope   change.UnitID
	size    int      // of a page
	groupBy []string // counted by; none: listed
	chosen  bool     // the caller chose the columns
	masked  []bool
	query   view.Query
	bond    [sha256.Size]byte
	tree    *tree.Tree
}

func (s *Service) plan(caller change.UnitID, r Request) (*plan, error) {
	kind, ok := s.opts.Schema.Kind(r.Kind)
	if !ok {
		return nil, fault.New(fault.Invalid, "there is no kind %q", clip(r.Kind)).WithHint("kinds are household, person, notice, unit and others of the schema")
	}
	p := &plan{kind: kind, scope: r.Scope}
	if p.scope == "" {
		p.scope = caller
	}
	t := s.opts.Tree()
	if err := Allowed(t, caller, kind, p.scope); err != nil {
		return nil, err
	}
	p.tree = t
	p.query.Kind, p.query.Scope = kind, scopeOf(t, kind, p.scope)
	if err := p.read(r); err != nil {
		return nil, err
	}
	var err error
	if p.bond, err = bondOf(caller, r); err != nil {
		return nil, err
	}
	keys := len(p.groupBy)
	if keys == 0 {
		keys = len(p.query.Order) + 1
	}
	p.query.After, err = s.unseal(p, r.PageToken, keys)
	return p, err
}

// read takes over what the request says, each part by its own rules.
func (p *plan) read(r Request) error {
	for _, step := range []func(Request) error{p.readSize, p.readFilter, p.readOrder, p.readColumns, p.readGroup} {
		if err := step(r); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) readSize(r Request) error {
	switch {
	case r.PageSize < 0:
		return fault.New(fault.Invalid, "the page size is negative")
	case r.PageSize == 0:
		p.size = DefaultPageSize
	default:
		p.size = min(r.PageSize, MaxPageSize)
	}
	p.query.Limit = p.size + 1
	return nil
}

// readFilter leaves void records out unless the filter asks about them.
func (p *plan) readFilter(r Request) (err error) {
	p.query.Where, err = filter.Parse(p.kind, r.Filter)
	if err == nil {
		p.query.Void = p.query.Where.Names(view.ColValid)
	}
	return err
}

func (p *plan) readOrder(r Request) (err error) {
	p.query.Order, err = filter.ParseOrder(p.kind, r.OrderBy)
	return err
}

func (p *plan) readColumns(r Request) error {
	p.chosen = len(r.Select) > 0
	names := r.Select
	if !p.chosen {
		names = []string{view.ColID, view.ColUnit}
		for _, f := range p.kind.Fields {
			names = append(names, f.Name)
		}
	}
	for _, name := range names {
		name, mask, err := p.column(name)
		if err != nil {
			return err
		}
		if !slices.Contains(p.query.Columns, name) {
			p.query.Columns = append(p.query.Columns, name)
			p.masked = append(p.masked, mask && !r.Reveal)
		}
	}
	return nil
}

func (p *plan) readGroup(r Request) error {
	if r.GroupBy == "" {
		return nil
	}
	if len(r.Select) > 0 || r.OrderBy != "" {
		return fault.New(fault.Invalid, "a count has no columns to select and no other order").WithHint("leave out select and order-by, or group-by")
	}
	names := strings.Split(r.GroupBy, ",")
	if len(names) > maxGroupBy {
		return fault.New(fault.Invalid, "a count is by %d fields at most", maxGroupBy).WithHint("ask once for each")
	}
	for _, name := range names {
		if err := p.countBy(name, r.Reveal); err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) countBy(name string, reveal bool) error {
	name, mask, err := p.column(strings.TrimSpace(name))
	switch {
	case err != nil:
		return err
	case mask && !reveal || name == view.ColID || name == colCount:
		return fault.New(fault.Invalid, "nothing is counted by %s", name).WithHint("group by a code, a date or a tier")
	case slices.Contains(p.groupBy, name):
		return fault.New(fault.Invalid, "%s is named twice", name).WithHint("group by each field once")
	}
	p.groupBy = append(p.groupBy, name)
	return nil
}

// column returns the canonical name of a column and whether it is masked.
func (p *plan) column(name string) (string, bool, error) {
	if f, ok := p.kind.Field(name); ok {
		return f.Name, f.Mask, nil
	}
	if _, ok := view.StorageOf(p.kind, name); ok {
		return name, false, nil
	}
	return "", false, fault.New(fault.Invalid, "%s has no field %q", p.kind.Name, clip(name)).
		WithHint("use the names of the fields, their codes or their labels, or id, unit, city, district, street, community")
}

func (p *plan) columns() []string {
	if len(p.groupBy) > 0 {
		return append(slices.Clone(p.groupBy), colCount)
	}
	return p.query.Columns
}

// row keeps absent values only in columns that were asked for by name.
func (p *plan) row(from view.Row) Row {
	row := make(Row, 0, len(from.Values))
	for i, value := range from.Values {
		if value.IsNull() && !p.chosen {
			continue
		}
		switch {
		case value.IsNull():
		case p.masked[i]:
			value = change.Text(schema.Masked(value.Text()))
		case p.isUnit(p.query.Columns[i]):
			value = p.code(value)
		}
		row = append(row, Cell{Name: p.query.Columns[i], Value: value})
	}
	return row
}

// isUnit reports whether a column names a unit.
func (p *plan) isUnit(column string) bool {
	f, ok := p.kind.Field(column)
	return ok && f.Type == schema.Unit
}

// code shows a unit by its division code, as people know it.
func (p *plan) code(value change.Value) change.Value {
	if u, ok := p.tree.Unit(change.UnitID(value.Text())); ok {
		return change.Text(u.Code)
	}
	return value
}

// clip keeps what a person typed short enough for one line.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
