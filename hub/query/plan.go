package query

import (
	"crypto/sha256"
	"slices"
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// colCount is the last column of a count.
const colCount = "count"

// maxGroupBy is the most columns to count by.
const maxGroupBy = 3

// pseudoColumns are those that every kind has beside its fields: id, unit (which
// is a field too), the four tiers, conflicts with their fields, and age.
const pseudoColumns = 9

// maxCost bounds what a filter may cost of each record (filter.Expr.Cost). One
// of that cost over half a million persons takes two or three seconds, half of
// DefaultTime.
const maxCost = 128

// plan is a checked question.
type plan struct {
	kind    *schema.Kind
	scope   change.UnitID
	size    int      // of a page
	groupBy []string // counted by; none: listed
	chosen  bool     // the asker chose the columns
	reveal  bool     // the asker sees personal numbers in full
	labels  bool     // names beside codes
	shown   []shown
	askedBy []string // personal fields in the filter, the order or the groups
	query   view.Query
	bond    [sha256.Size]byte
	tree    *tree.Tree
	near    change.UnitID // that asks
	mark    mark
	moved   bool           // since the first page
	last    []change.Value // keys of the last row of the page
}

func (s *Service) plan(who Asker, q question.Question) (*plan, error) {
	kind, ok := s.rows.Schema().Kind(q.Kind)
	if !ok {
		return nil, access.NoKind(q.Kind)
	}
	p := &plan{kind: kind, scope: q.Scope, reveal: who.Reveal, labels: q.Labels, near: who.Unit}
	if p.scope == "" {
		p.scope = who.Unit
	}
	t := s.opts.Tree()
	if err := allowed(t, who.Unit, p.scope); err != nil {
		return nil, err
	}
	p.tree = t
	p.query.Kind, p.query.Scope = kind, scopeOf(t, kind, p.scope)
	if err := s.readToken(p, who, q); err != nil {
		return nil, err
	}
	if err := p.readQuestion(q); err != nil {
		return nil, err
	}
	keys := len(p.groupBy)
	if keys == 0 {
		keys = len(p.query.Order) + 1
	}
	if p.query.After != nil && len(p.query.After) != keys {
		return nil, errToken()
	}
	return p, nil
}

// readToken fills in where a page goes on: its day is that of the first one. What has
// changed in the view is looked up before anything is read.
func (s *Service) readToken(p *plan, who Asker, q question.Question) (err error) {
	p.bond = bondOf(who, q)
	now := s.rows.Changed(p.kind.Name)
	if q.PageToken == "" {
		p.mark = mark{changed: now}
		p.mark.today, err = s.opts.Today()
	} else {
		p.mark, p.query.After, err = s.unseal(p, q.PageToken)
	}
	if err != nil {
		return err
	}
	p.moved = p.mark.changed != now
	p.query.Today = p.mark.today
	return nil
}

// readQuestion fills the plan, each part of the question by its own rules.
func (p *plan) readQuestion(q question.Question) error {
	for _, step := range []func(question.Question) error{p.readDay, p.readSize, p.readFilter, p.readOrder, p.readColumns, p.readGroup} {
		if err := step(q); err != nil {
			return err
		}
	}
	return nil
}

// readDay refuses a day: rows are as they are today, and are not to pass for another's.
func (p *plan) readDay(q question.Question) error {
	if q.Day != "" && q.Day != p.mark.today {
		return fault.New(fault.Invalid, "rows are asked for as they are today").WithHint("leave the day out; figures are there of other days")
	}
	return nil
}

func (p *plan) readSize(q question.Question) error {
	switch {
	case q.PageSize < 0:
		return fault.New(fault.Invalid, "the page size is negative")
	case q.PageSize == 0:
		p.size = question.DefaultPageSize
	default:
		p.size = min(q.PageSize, question.MaxPageSize)
	}
	p.query.Limit = p.size + 1
	return nil
}

// readFilter leaves void records out unless the filter asks about them.
func (p *plan) readFilter(q question.Question) (err error) {
	reading := filter.Reading{InFull: p.reveal, Tree: p.tree, Near: p.near, Today: p.mark.today}
	if p.query.Where, err = reading.Parse(p.kind, q.Filter); err != nil {
		return err
	}
	p.query.Void = p.query.Where.Names(view.ColValid)
	p.asksBy(p.query.Where.Fields()...)
	if cost := p.query.Where.Cost(); cost > maxCost {
		return fault.New(fault.Invalid, "the filter costs %d, more than %d", cost, maxCost).
			WithHint("use fewer tests, above all fewer of : and *; a search through a text costs as much as eight comparisons")
	}
	return nil
}

func (p *plan) readOrder(q question.Question) (err error) {
	parse := filter.ParseOrder
	if p.reveal {
		parse = filter.ParseOrderInFull
	}
	p.query.Order, err = parse(p.kind, q.OrderBy)
	for _, o := range p.query.Order {
		p.asksBy(o.Field)
	}
	return err
}

func (p *plan) readColumns(q question.Question) error {
	p.chosen = len(q.Select) > 0
	names := q.Select
	if !p.chosen {
		names = []string{view.ColID, view.ColUnit}
		for _, f := range p.kind.Fields {
			names = append(names, f.Name)
		}
		names = append(names, view.ColContested)
	}
	if most := len(p.kind.Fields) + pseudoColumns; len(names) > most {
		return fault.New(fault.Invalid, "%d columns are selected, of %d", len(names), most).WithHint("select each column once")
	}
	for _, name := range names {
		name, mask, err := p.column(name)
		if err != nil {
			return err
		}
		if !slices.Contains(p.query.Columns, name) {
			p.query.Columns = append(p.query.Columns, name)
			p.show(name, len(p.query.Columns)-1, mask && !p.reveal)
		}
	}
	if p.chosen && p.labels && !slices.Contains(p.query.Columns, view.ColContested) { // people are shown conflicts whatever they choose
		p.query.Columns = append(p.query.Columns, view.ColContested)
		p.show(view.ColContested, len(p.query.Columns)-1, false)
		p.shown[len(p.shown)-1].quiet = true
	}
	return nil
}

func (p *plan) readGroup(q question.Question) error {
	if q.GroupBy == "" {
		return nil
	}
	if len(q.Select) > 0 || q.OrderBy != "" {
		return fault.New(fault.Invalid, "a count has no columns to select and no other order").WithHint("leave out select and order-by, or group-by")
	}
	names := strings.SplitN(q.GroupBy, ",", maxGroupBy+1)
	if len(names) > maxGroupBy {
		return fault.New(fault.Invalid, "a count is by %d fields at most", maxGroupBy).WithHint("ask once for each")
	}
	for _, name := range names {
		if err := p.countBy(name); err != nil {
			return err
		}
	}
	p.shown = nil
	for i, name := range p.groupBy {
		p.show(name, i, false)
	}
	p.asksBy(p.groupBy...)
	p.query.Named = len(p.askedBy) > 0
	return nil
}

// asksBy remembers which of the fields tell persons apart: a record's id does.
func (p *plan) asksBy(fields ...string) {
	for _, name := range fields {
		if birth, ok := p.kind.BirthDate(); ok && name == view.ColAge {
			name = birth.Name
		}
		f, ok := p.kind.Field(name)
		personal := ok && f.IsPersonal() || name == view.ColID && p.kind.Personal
		if personal && !slices.Contains(p.askedBy, name) {
			p.askedBy = append(p.askedBy, name)
		}
	}
}

func (p *plan) countBy(name string) error {
	name, mask, err := p.column(strings.TrimSpace(name))
	switch {
	case err != nil:
		return err
	case mask && !p.reveal || name == view.ColID || name == colCount:
		return fault.New(fault.Invalid, "nothing is counted by %s", name).WithHint("group by a code, a date or a tier")
	case p.isPersonalText(name):
		return fault.New(fault.Invalid, "nothing is counted by %s, which tells persons apart", name).WithHint("group by a code, a date or a tier")
	case slices.Contains(p.groupBy, name):
		return fault.New(fault.Invalid, "%s is named twice", name).WithHint("group by each field once")
	}
	p.groupBy = append(p.groupBy, name)
	return nil
}

// isPersonalText reports whether the column holds what people write of one
// person, as a name or an address: to count by it would list it.
func (p *plan) isPersonalText(name string) bool {
	f, ok := p.kind.Field(name)
	return ok && f.Type == schema.Text && f.IsPersonal()
}

// column returns the canonical name of a column and whether it is masked.
func (p *plan) column(name string) (string, bool, error) {
	if f, ok := p.kind.Field(name); ok {
		return f.Name, f.Mask, nil
	}
	if name == schema.AgeLabel.Zh {
		name = schema.AgeName
	}
	if _, ok := view.StorageOf(p.kind, name); ok {
		return name, false, nil
	}
	return "", false, fault.New(fault.Invalid, "%s has no field %q", p.kind.Name, clip(name)).
		WithHint("use the names of the fields, their codes or their labels, or id, unit, city, district, street, community, conflicts, age")
}

// clip keeps what a person typed short enough for one line.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
