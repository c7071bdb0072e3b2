package reports

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/journal"
	"tongbu/internal/records"
	"tongbu/internal/report"
	"tongbu/internal/tree"
)

// differing compares two moments.
type differing struct {
	then, now *counting
	days      days
	ledgers   []string
	silent    map[records.Key]bool // records of the unit looked at that had no effect then
	found     []report.Difference
}

func (d *differing) all(ctx context.Context, of *report.Report) ([]report.Difference, error) {
	if err := d.byRules(ctx, of); err != nil {
		return nil, err
	}
	scope := of.Unit.ID
	for _, u := range d.now.tree.Units(scope) {
		if !d.came(scope, u.ID) {
			if err := d.unit(ctx, u); err != nil {
				return nil, err
			}
		}
	}
	if err := d.moved(ctx, scope); err != nil {
		return nil, err
	}
	return d.found, d.published(ctx, of.Unit)
}

// byRules counts what the report counted by the rules of this program and schema, where
// they are others.
func (d *differing) byRules(ctx context.Context, of *report.Report) error {
	if of.Rules == d.then.rulesOf(d.then.tree.Units(of.Unit.ID)) {
		return nil
	}
	f, err := d.then.figures(ctx, of.Unit.ID, d.days)
	if err != nil {
		return err
	}
	was, now := ofUnit(of.Figures, of.Unit.Code), ofUnit(f.figures, of.Unit.Code)
	d.add(report.Difference{Class: report.ByRules, Unit: of.Unit.Code, Figures: report.Shifts(was, now)})
	return nil
}

func ofUnit(all []report.Figure, code string) (some []report.Figure) {
	for _, f := range all {
		if f.Unit == code {
			some = append(some, f)
		}
	}
	return some
}

// add takes in what has moved figures.
func (d *differing) add(of report.Difference) {
	if len(of.Figures) > 0 {
		d.found = append(d.found, of)
	}
}

// unit names what has moved the figures of a unit.
func (d *differing) unit(ctx context.Context, u tree.Unit) error {
	if d.stands(u.ID) {
		return nil
	}
	then, err := d.then.held(ctx, u.ID)
	if err != nil {
		return err
	}
	now, err := d.now.held(ctx, u.ID)
	if err != nil {
		return err
	}
	if d.silent, err = d.then.silent(ctx, u.ID, then); err != nil {
		return err
	}
	for _, f := range d.now.familiesOf(u.ID, then, now) {
		if err := d.family(u, f); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// stands reports whether nothing has come that bears on a unit: neither in its streams,
// nor in those to it, nor in what the city says of changes of units above it.
func (d *differing) stands(unit change.UnitID) bool {
	return slices.Equal(d.then.bears(unit), d.now.bears(unit))
}

// bears are the ends of the streams that bear on a unit, but for what is said to all.
func (c *counting) bears(unit change.UnitID) (ends []string) {
	add := func(m moment) {
		for _, p := range m.positions() {
			ends = append(ends, p.Name+p.Hash)
		}
	}
	add(c.by[unit])
	add(c.to[unit])
	for _, above := range c.tree.Ancestors(unit) {
		add(slices.DeleteFunc(slices.Clone(c.to[above]), func(info journal.StreamInfo) bool { return info.Author != c.city }))
	}
	return ends
}
