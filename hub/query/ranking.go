package query

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/question"
	"tongbu/internal/ranking"
	"tongbu/internal/rulepack"
	"tongbu/internal/tree"
)

// Receipts knows on which days the changes of communities were received.
type Receipts interface {
	// Networks tells how well communities were in step in a year. days are its working
	// days that are over.
	Networks(ctx context.Context, units []change.UnitID, year string, days []string, today string) (map[change.UnitID]ranking.Network, error)
}

// excluding are the figures whose numerator is to be 0: cases of families past a day. Late
// visits and contacts are in the criteria.
var excluding = []string{"dynamic_zero/all", "overdue/recognition", "overdue/dual", "overdue/hardship"}

// allRanked answers a question about a ranking in parts.
func (s *Service) allRanked(ctx context.Context, who Asker, q question.Question, tell question.Tell) error {
	if q.GroupBy != "" || len(q.Select) > 0 {
		return fault.New(fault.Invalid, "a ranking is of all communities, by all criteria").WithHint("give a year and a unit")
	}
	t := &targeted{}
	day, err := s.readYear(t, q)
	if err != nil {
		return err
	}
	f, err := s.figures(who, question.Question{Scope: q.Scope, Filter: q.Filter, OrderBy: q.OrderBy, PageToken: q.PageToken, Day: day})
	if err != nil {
		return err
	}
	switch {
	case s.opts.Receipts == nil:
		return fault.New(fault.Unsupported, "on which days changes were received is known at the city").WithHint("ask at the city")
	case day == "":
		return fault.New(fault.Invalid, "the year %d has not begun", t.year).WithHint("give a year that has")
	}
	f.units = f.tree.Communities(f.scope)
	coverage, err := s.coverage(ctx, f.scope) // first, as at coverageOf
	if err != nil {
		return fault.Wrap("find out how complete the answer is", err)
	}
	coverage.Today = f.shown
	ranked, err := s.ranked(ctx, f)
	if err != nil {
		return err
	}
	if err := tell(ctx, question.Part{Columns: rankedColumns()}); err != nil {
		return err
	}
	out := teller{tell: tell}
	for i := range ranked {
		if err := out.add(ctx, rankedRow(f.tree, &ranked[i])); err != nil {
			return err
		}
	}
	if err := out.flush(ctx); err != nil {
		return err
	}
	return tell(ctx, question.Part{End: &question.End{Rows: out.rows, Coverage: coverage}})
}

// ranked ranks the communities of the scope.
func (s *Service) ranked(ctx context.Context, f *figures) ([]ranking.Ranked, error) {
	rules, err := s.rulesOn(ctx, f)
	if err != nil {
		return nil, err
	}
	sums, err := s.unitSums(ctx, f)
	if err != nil {
		return nil, err
	}
	jobs, err := s.jobsOf(ctx, f)
	if err != nil {
		return nil, err
	}
	today, err := s.opts.Today()
	if err != nil {
		return nil, err
	}
	ids := make([]change.UnitID, len(f.units))
	for i, u := range f.units {
		ids[i] = u.ID
	}
	networks, err := s.opts.Receipts.Networks(ctx, ids, f.shown[:4], workingDays(rules, f.shown, today), today)
	if err != nil {
		return nil, err
	}
	var all []ranking.Community
	for _, u := range f.units {
		all = append(all, communityRanked(u, sums[u.ID], jobs[u.Code], networks[u.ID]))
	}
	return ranking.Rank(&rules.Best, all), nil
}

func (s *Service) rulesOn(ctx context.Context, f *figures) (*rulepack.Rules, error) {
	packs, err := s.packs(ctx, f)
	if err != nil {
		return nil, err
	}
	k, ok := s.rows.Schema().Kind(facts.HolidayKind)
	if !ok {
		return nil, access.NoKind(facts.HolidayKind)
	}
	columns := []string{"year", "off", "worked"}
	rows, err := s.allOf(ctx, f, k, "", columns)
	if err != nil {
		return nil, err
	}
	return s.rulesOf(f, append(packs, entriesOf(k, columns, rows)...)), nil
}

// workingDays are those of the year of a day until it that are over: about today the city
// has said nothing yet.
func workingDays(rules *rulepack.Rules, day, today string) (days []string) {
	for d := day[:4] + "-01-01"; d <= day && d < today; d = calendar.AddDays(d, 1) {
		if rules.Holidays.Works(d) {
			days = append(days, d)
		}
	}
	return days
}

// jobsOf adds up the people wanted for the vacancies that communities have registered in
// the year until the day, by their codes. One without a number is one.
func (s *Service) jobsOf(ctx context.Context, f *figures) (map[string]int64, error) {
	k, ok := s.rows.Schema().Kind("vacancy")
	if !ok {
		return nil, access.NoKind("vacancy")
	}
	where, err := filter.Reading{Tree: f.tree, Near: f.scope, Today: f.shown}.Parse(k, `registered_on >= "`+f.shown[:4]+`-01-01" AND registered_on <= "`+f.shown+`"`)
	if err != nil {
		return nil, err
	}
	jobs := map[string]int64{}
	return jobs, s.rows.EachRow(ctx, view.Query{Kind: k, Scope: scopeOf(f.tree, k, f.scope), Where: where, Columns: []string{"posts", view.ColUnit}, Today: f.shown}, func(_ context.Context, row view.Row) error {
		n := int64(1)
		if v := row.Values[0]; v.IsInt() {
			n = v.Int()
		}
		jobs[row.Values[1].Text()] += n
		return nil
	})
}

// communityRanked is a community with what it is ranked by.
func communityRanked(u tree.Unit, parts map[string]int64, jobs int64, network ranking.Network) ranking.Community {
	figure := func(name string) (n, of int64) { return facts.Named(name)[0].Figure(parts) }
	c := ranking.Community{Code: u.Code, Jobs: jobs, Network: network}
	c.Employed, c.Labour = figure("employment_rate/all")
	c.Placed, c.Referred = figure("placement_success/all")
	c.Clear, c.Asked = figure("six_clear/all")
	c.Kept, c.Ended = figure("in_time/visits")
	for _, name := range excluding {
		if n, _ := figure(name); n > 0 {
			c.Overdue = append(c.Overdue, name)
		}
	}
	return c
}
