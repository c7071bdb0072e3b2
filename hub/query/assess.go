package query

import (
	"context"

	"tongbu/internal/assess"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/rulepack"
	"tongbu/internal/tree"
)

// assessed is a checked question about an assessment.
type assessed struct {
	figures
	pack rulepack.Community
	name string // of the pack
}

func (s *Service) assessed(ctx context.Context, who Asker, q question.Question) (*assessed, error) {
	if q.GroupBy != "" || len(q.Select) > 1 {
		return nil, fault.New(fault.Invalid, "an assessment is by one pack, and of all communities").WithHint("leave group-by out, and select one pack")
	}
	f, err := s.figures(who, question.Question{Scope: q.Scope, Filter: q.Filter, OrderBy: q.OrderBy, PageToken: q.PageToken, Day: q.Day})
	if err != nil {
		return nil, err
	}
	a := &assessed{figures: *f}
	if len(q.Select) > 0 {
		a.name = q.Select[0]
	}
	a.pack, err = s.packOf(ctx, f, a.name)
	if a.name == "" {
		a.name = InForce
	}
	a.units = assessedUnits(f.tree, f.scope)
	return a, err
}

// assessedUnits are the scope, districts below it, and all communities.
func assessedUnits(t *tree.Tree, scope change.UnitID) (units []tree.Unit) {
	for _, u := range t.Units(scope) {
		if !u.Merged() && (u.ID == scope || u.Level == tree.District || u.Level == tree.Community) {
			units = append(units, u)
		}
	}
	return units
}

// unitSums adds up the parts of units that may be above each other.
func (s *Service) unitSums(ctx context.Context, f *figures) (map[change.UnitID]map[string]int64, error) {
	sums := make(map[change.UnitID]map[string]int64, len(f.units))
	for _, u := range f.units {
		sums[u.ID] = map[string]int64{}
	}
	err := s.rows.Parts(ctx, f.tree.Under(f.scope), f.day, func(unit change.UnitID, part string, n int64) {
		for _, u := range append(f.tree.Ancestors(unit), unit) {
			if of := sums[u]; of != nil {
				of[part] += n
			}
		}
	})
	return sums, err
}

// judged is what is said of a unit.
type judged struct {
	results []assess.Result
	verdict assess.Verdict
}

// allAssessed answers a question about an assessment in parts.
func (s *Service) allAssessed(ctx context.Context, who Asker, q question.Question, tell question.Tell) error {
	a, err := s.assessed(ctx, who, q)
	if err != nil {
		return err
	}
	coverage, err := s.coverage(ctx, a.scope) // first, as at coverageOf
	if err != nil {
		return fault.Wrap("find out how complete the answer is", err)
	}
	coverage.Today = a.shown
	sums, err := s.unitSums(ctx, &a.figures)
	if err != nil {
		return err
	}
	all := map[change.UnitID]judged{}
	for _, u := range a.units {
		results, verdict := assess.Judge(&a.pack, sums[u.ID])
		all[u.ID] = judged{results, verdict}
	}
	if err := tell(ctx, question.Part{Columns: assessedColumns()}); err != nil {
		return err
	}
	out := teller{tell: tell}
	for _, u := range a.units {
		share := a.shareCells(u, all)
		for i := range all[u.ID].results {
			if err := out.add(ctx, a.row(u, &all[u.ID].results[i], all[u.ID].verdict, share)); err != nil {
				return err
			}
		}
	}
	if err := out.flush(ctx); err != nil {
		return err
	}
	return tell(ctx, question.Part{End: &question.End{Rows: out.rows, Coverage: coverage}})
}

func assessedColumns() (columns []question.Column) {
	for _, c := range []struct {
		of    question.Type
		names []string
	}{
		{question.Text, []string{"unit", "name", "tier", "criterion", "indicator"}},
		{question.Integer, []string{"numerator", "denominator"}},
		{question.Boolean, []string{"most"}}, {question.Integer, []string{"bar"}}, {question.Boolean, []string{"veto"}},
		{question.Text, []string{"state", "verdict"}},
		{question.Integer, []string{"communities", "passed", "open", "share_target"}},
		{question.Text, []string{"pack"}},
	} {
		for _, name := range c.names {
			columns = append(columns, question.Column{Name: name, Type: c.of})
		}
	}
	return columns
}

func (a *assessed) row(u tree.Unit, r *assess.Result, verdict assess.Verdict, share []change.Value) question.Row {
	row := question.Row{change.Text(u.Code), change.Text(u.Name), change.Text(u.Level.String()), change.Text(r.Key), text(r.Indicator)}
	numerator, denominator := question.Absent, question.Absent
	if r.Indicator != "" {
		numerator = change.Int(r.Numerator)
	}
	if r.Rate {
		denominator = change.Int(r.Denominator)
	}
	row = append(row, numerator, denominator, change.Bool(r.Most), change.Int(int64(r.Bar)), change.Bool(r.Veto), change.Text(string(r.State)), change.Text(string(verdict)))
	return append(append(row, share...), change.Text(a.name))
}

// shareCells are how many communities of a unit above them have passed.
func (a *assessed) shareCells(u tree.Unit, all map[change.UnitID]judged) []change.Value {
	if u.Level == tree.Community {
		return []change.Value{question.Absent, question.Absent, question.Absent, question.Absent}
	}
	var verdicts []assess.Verdict
	for _, c := range a.tree.Communities(u.ID) {
		verdicts = append(verdicts, all[c.ID].verdict)
	}
	share := assess.ShareOf(verdicts, a.pack.Share)
	return []change.Value{change.Int(int64(share.Of)), change.Int(int64(share.Passed)), change.Int(int64(share.Open + share.Nothing)), change.Int(int64(share.Target))}
}
