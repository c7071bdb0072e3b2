package query

import (
	"slices"

	"tongbu/internal/access"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/tree"
)

// figures is a checked question about indicators.
type figures struct {
	tree   *tree.Tree // of the day
	scope  change.UnitID
	units  []tree.Unit // that have a figure each
	level  tree.Level  // of them
	chosen []facts.Indicator
	labels bool
	day    string // "": today
	shown  string // the day, also where it is today
}

// figures checks a question about indicators. Who may ask which persons a unit has may ask
// how many add to its figures.
func (s *Service) figures(who Asker, q question.Question) (*figures, error) {
	if q.Filter != "" || q.OrderBy != "" || q.PageToken != "" {
		return nil, fault.New(fault.Invalid, "indicators have no filter, order or pages").WithHint("name indicators, a unit and a tier")
	}
	f := &figures{scope: q.Scope, labels: q.Labels}
	if f.scope == "" {
		f.scope = who.Unit
	}
	if _, ok := s.rows.Schema().Kind(facts.PersonFacts); !ok {
		return nil, access.NoKind(q.Kind)
	}
	if err := allowed(s.opts.Tree(), who.Unit, f.scope); err != nil {
		return nil, err
	}
	for _, step := range []func(question.Question) error{f.readChosen, func(q question.Question) error { return s.readDay(f, q) }, f.readTier} {
		if err := step(q); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *figures) readChosen(q question.Question) error {
	if len(q.Select) == 0 {
		f.chosen = facts.Indicators()
	}
	for _, name := range q.Select {
		named := facts.Named(name)
		if len(named) == 0 {
			return facts.NoIndicator(clip(name))
		}
		f.chosen = append(f.chosen, named...)
	}
	return nil
}

func (f *figures) readTier(q question.Question) error {
	of, known := f.tree.Unit(f.scope)
	if !known {
		return fault.New(fault.Invalid, "the unit did not stand on %s", f.shown).WithHint("ask about the unit above it, or another day")
	}
	f.level = of.Level
	if q.GroupBy != "" {
		f.level = tree.City + tree.Level(slices.Index(levels, q.GroupBy))
	}
	switch {
	case !f.level.Valid():
		return fault.New(fault.Invalid, "%q is no tier", clip(q.GroupBy)).WithHint("city, district, street or community")
	case f.level < of.Level:
		return fault.New(fault.Invalid, "the unit is a %s, below the tier %s", of.Level, f.level).WithHint("ask by a tier at or below the unit")
	}
	for _, u := range f.tree.Units(f.scope) {
		if u.Level == f.level && !u.Merged() {
			f.units = append(f.units, u)
		}
	}
	return nil
}

// levels are the names of the tiers, from the city down.
var levels = []string{tree.City.String(), tree.District.String(), tree.Street.String(), tree.Community.String()}

func (s *Service) readDay(f *figures, q question.Question) (err error) {
	today, err := s.opts.Today()
	switch {
	case err != nil:
		return err
	case q.Day == "" || q.Day == today:
		f.shown, f.tree = today, s.opts.Tree()
		return nil
	case !calendar.Valid(q.Day):
		return fault.New(fault.Invalid, "the day is no date of the calendar").WithHint("give it as YYYY-MM-DD")
	case q.Day > today:
		return fault.New(fault.Invalid, "%s has not come: today is %s", q.Day, today).WithHint("leave the day out for today")
	}
	f.day, f.shown, f.tree = q.Day, q.Day, s.opts.TreeOn(q.Day)
	if f.tree == nil {
		return fault.New(fault.Unavailable, "the units of %s are not known here", q.Day)
	}
	return nil
}
