package rows

import (
	"context"
	"fmt"

	"tongbu/bench/table"
	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/tree"
)

// Figures counts the indicators of a city after its census: from nothing, as a day of which
// nothing is kept, and from what is kept.
func Figures(ctx context.Context, e *Env) ([]table.Entry, error) {
	c, err := newCensused(ctx, e)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.view.Close() }()
	with := fmt.Sprintf("%d households, %d persons, %d events, %d units, %d indicators", c.households, c.persons, c.events, len(c.tree.Units(c.root)), len(facts.Indicators()))
	district, _ := c.tree.At(c.tree.Communities(c.root)[0].ID, tree.District)
	var entries []table.Entry
	for _, q := range []struct {
		name  string
		scope change.UnitID
		day   string
		most  float64
		times int
	}{
		{"all units and indicators of a past day, from nothing", c.root, "2025-10-31", 10_000, 1},
		{"the city's board, from kept parts", c.root, "", 200, 20},
		{"a past day of one district, from nothing", district.ID, "2025-09-30", 3000, 1},
		{"a past day of one district, whose parts are kept", district.ID, "2025-09-30", 200, 20},
	} {
		times, err := timed(ctx, q.times, func(ctx context.Context) error { return c.count(ctx, q.scope, q.day) })
		if err != nil {
			return entries, fmt.Errorf("%s: %w", q.name, err)
		}
		entries = append(entries, table.Told(q.name, table.Percentile(times, 0.99), "ms").AtMost(q.most).With("%s", with))
	}
	return entries, nil
}

// count adds up the parts of all units at or below one, and makes the figures of each.
func (c *censused) count(ctx context.Context, scope change.UnitID, day string) error {
	sums := map[change.UnitID]map[string]int64{}
	err := c.view.Parts(ctx, c.tree.Under(scope), day, func(unit change.UnitID, part string, n int64) {
		for level := tree.City; level <= tree.Community; level++ {
			u, is := c.tree.At(unit, level)
			if !is {
				continue
			}
			if sums[u.ID] == nil {
				sums[u.ID] = map[string]int64{}
			}
			sums[u.ID][part] += n
		}
	})
	if err != nil {
		return err
	}
	if sums[scope]["persons"] == 0 {
		return fmt.Errorf("nobody is counted")
	}
	for _, parts := range sums {
		for _, i := range facts.Indicators() {
			i.Figure(parts)
		}
	}
	return nil
}
