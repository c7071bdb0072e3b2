package query

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"tongbu/internal/access"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	"tongbu/internal/targets"
	"tongbu/internal/tree"
)

// targeted is a checked question about targets.
type targeted struct {
	figures
	kind     *schema.Kind
	year     int64
	clock    string // the day by which time is gone
	byPerson bool
}

// targeted checks a question about targets: who may ask for the figures of a unit may ask
// what it is to reach.
func (s *Service) targeted(who Asker, q question.Question) (*targeted, error) {
	if q.GroupBy != "" && q.GroupBy != question.Responsible {
		return nil, fault.New(fault.Invalid, "targets are in no order by %q", clip(q.GroupBy)).WithHint("leave it out, or give %s", question.Responsible)
	}
	k, ok := s.rows.Schema().Kind(targets.Kind)
	if !ok {
		return nil, access.NoKind(targets.Kind)
	}
	t := &targeted{kind: k, byPerson: q.GroupBy == question.Responsible}
	if err := t.readLines(q); err != nil {
		return nil, err
	}
	year, err := s.readYear(t, q)
	if err != nil {
		return nil, err
	}
	f, err := s.figures(who, question.Question{Scope: q.Scope, Filter: q.Filter, OrderBy: q.OrderBy, PageToken: q.PageToken, Day: year})
	if err != nil {
		return nil, err
	}
	t.figures = *f
	return t, nil
}

// readLines checks which lines are asked for.
func (t *targeted) readLines(q question.Question) error {
	f, _ := t.kind.Field("line")
	for _, code := range q.Select {
		if _, ok := f.List().Item(code); !ok {
			return fault.New(fault.Invalid, "there is no line %q", clip(code)).WithHint("give codes of the list %s", f.List().Name)
		}
	}
	return nil
}

// readYear reads the year and the days: those of figures and of time are the same but for
// a year that is over or has not begun. It returns the day for figures.
func (s *Service) readYear(t *targeted, q question.Question) (day string, err error) {
	today, err := s.opts.Today()
	if err != nil {
		return "", err
	}
	t.clock, day = today, q.Day
	switch {
	case calendar.Valid(q.Day):
		t.clock = q.Day
	case len(q.Day) == 4 && calendar.Valid(q.Day+"-12-31"):
		if day = min(q.Day+"-12-31", today); q.Day > today[:4] {
			t.year, _ = strconv.ParseInt(q.Day, 10, 64)
			return "", nil
		}
	case q.Day != "":
		return "", fault.New(fault.Invalid, "the day is no date of the calendar and no year").WithHint("give it as YYYY-MM-DD or YYYY")
	default:
		day = today
	}
	t.year, _ = strconv.ParseInt(day[:4], 10, 64)
	return day, nil
}

// allTargets answers a question about targets in parts.
func (s *Service) allTargets(ctx context.Context, who Asker, q question.Question, tell question.Tell) error {
	t, err := s.targeted(who, q)
	if err != nil {
		return err
	}
	coverage, err := s.coverage(ctx, t.scope) // first, as at coverageOf
	if err != nil {
		return fault.Wrap("find out how complete the answer is", err)
	}
	coverage.Today = t.clock
	all, err := s.readTargets(ctx, t)
	if err != nil {
		return err
	}
	figure, err := s.figureOf(ctx, t, all)
	if err != nil {
		return err
	}
	book := targets.Book{Tree: t.tree, Year: t.year, Day: t.clock, Figure: figure}
	standings := slices.DeleteFunc(book.Judge(all), func(st targets.Standing) bool { return !t.asks(&st, q.Select) })
	if t.byPerson {
		slices.SortStableFunc(standings, func(a, b targets.Standing) int { return targets.CompareNames(a.Responsible, b.Responsible) })
	}
	if err := tell(ctx, question.Part{Columns: targetColumns()}); err != nil {
		return err
	}
	out := teller{tell: tell}
	for i := range standings {
		if err := out.add(ctx, t.row(&standings[i])); err != nil {
			return err
		}
	}
	if err := out.flush(ctx); err != nil {
		return err
	}
	return tell(ctx, question.Part{End: &question.End{Rows: out.rows, Coverage: coverage}})
}

// asks reports whether a target is one of those asked about. The city sees also those of
// units that the tree does not have.
func (t *targeted) asks(s *targets.Standing, lines []string) bool {
	_, known := t.tree.Unit(s.Unit)
	within := t.tree.Below(t.scope, s.Unit) || !known && t.scope == t.tree.Root().ID
	return within && (len(lines) == 0 || slices.Contains(lines, s.Line))
}

// figureOf counts what targets of a scope ask for: upper units add parts.
func (s *Service) figureOf(ctx context.Context, t *targeted, all []targets.Target) (func(change.UnitID, facts.Indicator) (targets.Figure, bool), error) {
	sums := map[change.UnitID]map[string]int64{}
	for i := range all {
		if t.tree.Below(t.scope, all[i].Unit) {
			sums[all[i].Unit] = map[string]int64{}
		}
	}
	if fmt.Sprintf("%04d", t.year) > t.clock[:4] {
		clear(sums) // nothing of it has happened
	}
	if len(sums) == 0 {
		return func(change.UnitID, facts.Indicator) (targets.Figure, bool) { return targets.Figure{}, false }, nil
	}
	err := s.rows.Parts(ctx, t.tree.Under(t.scope), t.day, func(unit change.UnitID, part string, n int64) {
		for _, u := range append(t.tree.Ancestors(unit), unit) {
			if of := sums[u]; of != nil {
				of[part] += n
			}
		}
	})
	return func(unit change.UnitID, i facts.Indicator) (f targets.Figure, ok bool) {
		parts, ok := sums[unit]
		f.Done, f.Of = i.Figure(parts)
		return f, ok
	}, err
}

// unitCode is the division code of a unit, or its id where the tree does not have it.
func unitCode(t *tree.Tree, id change.UnitID) string {
	if u, ok := t.Unit(id); ok {
		return u.Code
	}
	return string(id)
}
