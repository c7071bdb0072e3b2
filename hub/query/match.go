package query

import (
	"cmp"
	"context"

	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/matching"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// matchBounds are how many candidates a hub looks at: of half a million persons as many
// as are judged in a fraction of a second.
var matchBounds = matching.Bounds{Persons: 2000, Vacancies: 5000}

// Match answers which persons go with a vacancy, or which vacancies with a person, over
// the units of the scope. What is asked about may stand anywhere the asker may look. It
// returns what Query and matching.Book.Match do.
func (s *Service) Match(ctx context.Context, who Asker, ask matching.Ask) (*matching.Answer, error) {
	if ask.Scope == "" {
		ask.Scope = who.Unit
	}
	t := s.opts.Tree()
	if _, ok := s.rows.Schema().Kind(matching.PersonKind); !ok {
		return nil, access.NoKind(matching.PersonKind)
	}
	if err := allowed(t, who.Unit, ask.Scope); err != nil {
		return nil, err
	}
	today, err := s.opts.Today()
	if err != nil {
		return nil, err
	}
	coverage, err := s.coverage(ctx, ask.Scope) // first: see coverageOf
	if err != nil {
		return nil, fault.Wrap("find out how complete the answer is", err)
	}
	coverage.Today = today
	in := finder{rows: s.rows, tree: t, today: today, scope: ask.Scope, own: who.Unit}
	a, err := matching.NewBook(s.rows.Schema(), t, today).Match(ctx, in, ask, matchBounds)
	if err != nil {
		return nil, err
	}
	a.Coverage = coverage
	return a, nil
}

// finder reads candidates from the view. It implements matching.Records.
type finder struct {
	rows       Rows
	tree       *tree.Tree
	today      string
	scope, own change.UnitID
}

// Find implements matching.Records.
func (f finder) Find(ctx context.Context, q matching.Query) (found []matching.Row, more bool, err error) {
	kind, ok := f.rows.Schema().Kind(q.Kind)
	if !ok {
		return nil, false, access.NoKind(q.Kind)
	}
	asked, err := f.question(kind, q)
	if err != nil {
		return nil, false, err
	}
	rows, err := f.read(ctx, asked)
	if err != nil {
		return nil, false, err
	}
	if more = q.Limit > 0 && len(rows) > q.Limit; more {
		rows = rows[:q.Limit]
	}
	found = make([]matching.Row, len(rows))
	for i, row := range rows {
		n := len(q.Fields)
		found[i] = matching.Row{ID: idOf(row), Unit: row.Values[n].Text(), Void: q.Void && row.Values[n+1].Text() == "0", Fields: q.Fields, Values: row.Values[:n]}
	}
	return found, more, nil
}

func (f finder) question(kind *schema.Kind, q matching.Query) (asked view.Query, err error) {
	scope := f.scope
	if q.Known {
		scope = f.own
	}
	asked = view.Query{Kind: kind, Scope: scopeOf(f.tree, kind, scope), Void: q.Void, Limit: q.Limit, Today: f.today}
	asked.Columns = append(append([]string{}, q.Fields...), view.ColUnit)
	if q.Void {
		asked.Columns = append(asked.Columns, view.ColValid)
	}
	if q.Latest != "" {
		asked.Order = []filter.Order{{Field: q.Latest, Desc: true}}
	}
	tests := make([]filter.Among, len(q.Where))
	for i, t := range q.Where {
		tests[i] = filter.Among{Field: t.Field, In: padded(t.In)}
	}
	asked.Where, err = filter.AllAmong(kind, tests...)
	return asked, err
}

// padded repeats the last value until there are as many as a power of two: else each
// number of values would be a statement of its own to prepare.
func padded(in []change.Value) []change.Value {
	if len(in) < 2 {
		return in
	}
	n := 2
	for n < len(in) {
		n *= 2
	}
	whole := append(make([]change.Value, 0, n), in...)
	for len(whole) < n {
		whole = append(whole, in[len(in)-1])
	}
	return whole
}

// noLimit is more rows than the records that a question names have. A page has the view's
// readers at hand; all rows of a moment would each time open another.
const noLimit = 1 << 30

// read reads one row more than the limit, to learn whether there are more.
func (f finder) read(ctx context.Context, q view.Query) ([]view.Row, error) {
	q.Limit = cmp.Or(q.Limit, noLimit) + 1
	return f.rows.Rows(ctx, q)
}
