package own

import (
	"slices"

	"tongbu/hub/view"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
	"tongbu/node/desk"
)

// selection is a question at one moment of the file.
type selection struct {
	view.Query
	moment  *desk.Moment
	tree    *tree.Tree
	columns map[string]view.Column
	shown   []string
	asked   []string // by the filter
	order   []filter.Order
}

func newSelection(t *tree.Tree, m *desk.Moment, q view.Query, shown []string) *selection {
	s := &selection{Query: q, moment: m, tree: t, columns: map[string]view.Column{}, shown: shown, asked: q.Where.Fields()}
	for _, c := range view.Columns(q.Kind) {
		s.columns[c.Field] = c
	}
	for _, o := range q.Order {
		if f, ok := q.Kind.Field(o.Field); ok {
			o.Field = f.KeyName()
		}
		s.order = append(s.order, o)
	}
	s.order = append(s.order, filter.Order{Field: view.ColID})
	return s
}

// prepare gets ready to judge about so many records, if the question needs that; limit 0
// are all.
func (s *selection) prepare(limit int) error {
	judged := func(names []string) bool {
		return slices.Contains(names, schema.FindingsField) || slices.Contains(names, schema.ExplainedField)
	}
	if s.Kind.Sort == schema.Derived || !judged(s.asked) && !judged(s.shown) {
		return nil
	}
	if limit == 0 || judged(s.asked) {
		limit = manyRecords
	}
	return s.moment.Judge(limit)
}

// manyRecords are more than are worth a look-up each.
const manyRecords = 1 << 20

// fits reports whether a record is one of those asked about.
func (s *selection) fits(content view.Content) (bool, error) {
	if !s.Void && content.Void() || !s.within(content) {
		return false, nil
	}
	if s.Where.All() {
		return true, nil
	}
	values := make(map[string]change.Value, len(s.asked))
	found := verdict{of: content}
	for _, name := range s.asked {
		value, err := s.value(name, content, &found)
		if err != nil {
			return false, err
		}
		if name == view.ColConflicts {
			value = change.Bool(len(content.Conflicts()) > 0)
		}
		if !value.IsNull() {
			values[name] = value
		}
	}
	return s.Where.Match(values), nil
}

// within reports whether a record is one that the scope sees. What units above have said
// is here because it was said to this unit or to one above it.
func (s *selection) within(content view.Content) bool {
	unit := s.unitOf(content)
	return s.Scope.All || unit == s.Scope.Under || s.tree.Below(s.Scope.Under, unit) || slices.Contains(s.Scope.From, unit)
}

// unitOf is the unit that a record belongs to; a row that is made of records is the
// unit's here.
func (s *selection) unitOf(content view.Content) change.UnitID {
	if s.Kind.Sort == schema.Derived {
		return s.Scope.Under
	}
	return view.BelongingOf(content).Unit
}

// verdict is what is wrong with a record, once it was asked for.
type verdict struct {
	of                  view.Content
	known               bool
	findings, explained change.Value
}

// value is a column of a record.
func (s *selection) value(name string, content view.Content, found *verdict) (change.Value, error) {
	computed := s.Kind.Sort != schema.Derived && (name == schema.FindingsField || name == schema.ExplainedField)
	rec, isRecord := content.(*merge.Record)
	if !computed || !isRecord {
		storage, _ := view.StorageOf(s.Kind, name)
		return storage.Value(s.cell(name, content)), nil
	}
	if !found.known {
		var err error
		if found.findings, found.explained, err = s.moment.Findings(rec); err != nil {
			return change.Null, err
		}
		found.known = true
	}
	if name == schema.FindingsField {
		return found.findings, nil
	}
	return found.explained, nil
}

// values are the columns that are shown.
func (s *selection) values(content view.Content) ([]change.Value, error) {
	values, found := make([]change.Value, len(s.shown)), verdict{of: content}
	for i, name := range s.shown {
		value, err := s.value(name, content, &found)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// cell is what a view's column would hold of a record.
func (s *selection) cell(name string, content view.Content) view.Cell {
	switch name {
	case view.ColID:
		return view.TextCell(string(content.ID()))
	case view.ColUnit:
		return view.TextCell(view.PathOf(s.tree, s.unitOf(content)).Unit)
	case view.ColConflicts:
		return view.NumberCell(int64(len(content.Conflicts())))
	case view.ColContested:
		return view.ContestedCell(content.Conflicts())
	}
	if _, isField := s.columns[name]; name == view.ColAge && !isField {
		return s.age(content)
	}
	if tier := slices.Index(view.Tiers(), name); tier >= 0 {
		return view.TextCell(view.PathOf(s.tree, s.unitOf(content)).Tiers[tier])
	}
	return s.columns[name].Cell(content)
}

func (s *selection) age(content view.Content) view.Cell {
	birth, ok := s.Kind.BirthDate()
	if !ok {
		return view.Cell{}
	}
	born, _ := s.columns[birth.Name].Cell(content).Text()
	age, ok := calendar.Age(born, s.Today)
	if !ok {
		return view.Cell{}
	}
	return view.NumberCell(int64(age))
}

// keys are the cells by which a record is ordered.
func (s *selection) keys(content view.Content) []view.Cell {
	cells := make([]view.Cell, len(s.order))
	for i, o := range s.order {
		cells[i] = s.cell(o.Field, content)
	}
	return cells
}

// keysOf turns the values of a page's end back into cells; nil: from the start.
func (s *selection) keysOf(values []change.Value) []view.Cell {
	if len(values) != len(s.order) {
		return nil
	}
	cells := make([]view.Cell, len(values))
	for i, o := range s.order {
		storage, _ := view.StorageOf(s.Kind, o.Field)
		cells[i] = storage.Key(values[i])
	}
	return cells
}

func (s *selection) keyValues(cells []view.Cell) []change.Value {
	values := make([]change.Value, len(cells))
	for i, o := range s.order {
		storage, _ := view.StorageOf(s.Kind, o.Field)
		values[i] = storage.Value(cells[i])
	}
	return values
}

func (s *selection) compare(a, b []view.Cell) int {
	for i, o := range s.order {
		c := compareCells(o.Field, a[i], b[i])
		if o.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// compareCells puts the cells of a column in a view's order.
func compareCells(name string, a, b view.Cell) int {
	if name != view.ColID {
		return a.Compare(b)
	}
	one, _ := a.Text()
	other, _ := b.Text()
	return view.CompareIDs(change.RecordID(one), change.RecordID(other))
}
