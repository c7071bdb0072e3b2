package query

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/tree"
)

// sums adds up the parts of each unit that has a figure: upper units add parts, never
// rates.
func (s *Service) sums(ctx context.Context, f *figures) (map[change.UnitID]map[string]int64, error) {
	sums := make(map[change.UnitID]map[string]int64, len(f.units))
	for _, u := range f.units {
		sums[u.ID] = map[string]int64{}
	}
	err := s.rows.Parts(ctx, f.tree.Under(f.scope), f.day, func(unit change.UnitID, part string, n int64) {
		if u, ok := f.tree.At(unit, f.level); ok && sums[u.ID] != nil {
			sums[u.ID][part] += n
		}
	})
	return sums, err
}

// columns are those of the answer.
func (f *figures) columns() []question.Column {
	list := []question.Column{{Name: "unit", Type: question.Text}, {Name: "name", Type: question.Text}, {Name: "indicator", Type: question.Text}, {Name: "group", Type: question.Text}}
	if f.labels {
		list = append(list, question.Column{Name: "indicator" + question.LabelSuffix, Type: question.Text}, question.Column{Name: "group" + question.LabelSuffix, Type: question.Text})
	}
	return append(list, question.Column{Name: "numerator", Type: question.Integer}, question.Column{Name: "denominator", Type: question.Integer}, question.Column{Name: "basis", Type: question.Text})
}

// row is one figure of a unit.
func (f *figures) row(u tree.Unit, i facts.Indicator, parts map[string]int64) question.Row {
	numerator, denominator := i.Figure(parts)
	row := question.Row{change.Text(u.Code), change.Text(u.Name), change.Text(i.Name), change.Text(i.Group)}
	if f.labels {
		row = append(row, change.Text(i.Label.In("zh")), change.Text(i.GroupLabel.In("zh")))
	}
	of := question.Absent
	if i.IsRate() {
		of = change.Int(denominator)
	}
	return append(row, change.Int(numerator), of, change.Text(i.Basis.In("zh")))
}

// allFigures answers a question about indicators in parts.
func (s *Service) allFigures(ctx context.Context, who Asker, q question.Question, tell question.Tell) error {
	f, err := s.figures(who, q)
	if err != nil {
		return err
	}
	coverage, err := s.coverage(ctx, f.scope) // first, as at coverageOf
	if err != nil {
		return fault.Wrap("find out how complete the answer is", err)
	}
	coverage.Today = f.shown
	sums, err := s.sums(ctx, f)
	if err != nil {
		return err
	}
	if err := tell(ctx, question.Part{Columns: f.columns()}); err != nil {
		return err
	}
	out := teller{tell: tell}
	for _, u := range f.units {
		for _, i := range f.chosen {
			if err := out.add(ctx, f.row(u, i, sums[u.ID])); err != nil {
				return err
			}
		}
	}
	if err := out.flush(ctx); err != nil {
		return err
	}
	return tell(ctx, question.Part{End: &question.End{Rows: out.rows, Coverage: coverage}})
}

// computing answers a question about what is computed, in parts.
type computing func(ctx context.Context, who Asker, q question.Question, tell question.Tell) error

// computed is what answers in place of a kind; nil: the name is not one of these.
func (s *Service) computed(kind string) computing {
	switch kind {
	case question.Indicators:
		return s.allFigures
	case question.Targets:
		return s.allTargets
	case question.Ranking:
		return s.allRanked
	case question.Assessment:
		return s.allAssessed
	}
	return nil
}

// pageOf is what is computed as one page.
func (s *Service) pageOf(ctx context.Context, who Asker, q question.Question, all computing) (*question.Answer, error) {
	a := &question.Answer{Rows: []question.Row{}}
	err := all(ctx, who, q, func(_ context.Context, part question.Part) error {
		if a.Rows = append(a.Rows, part.Rows...); len(a.Rows) > question.MaxPageSize {
			return fault.New(fault.Invalid, "there are more than %d figures", question.MaxPageSize).WithHint("ask for all rows, for fewer indicators or for a wider tier")
		}
		if part.Columns != nil {
			a.Columns = part.Columns
		}
		if part.End != nil {
			a.Coverage = part.End.Coverage
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}
