package reports

import (
	"context"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/report"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// came reports whether a unit stands within the scope now and stood elsewhere then: all
// that it holds has come with it, and no record by itself.
func (d *differing) came(scope, unit change.UnitID) bool {
	_, known := d.then.tree.Unit(unit)
	return known && !d.then.tree.Below(scope, unit)
}

// moved names the units that stand under others now: what each counts is taken from those
// that it stood under and added to those that it stands under.
func (d *differing) moved(ctx context.Context, scope change.UnitID) error {
	for _, u := range d.then.tree.Units(d.then.tree.Root().ID) {
		left, joined := d.then.chain(scope, u.ID), d.now.chain(scope, u.ID)
		from, to := without(left, joined), without(joined, left)
		if len(from)+len(to) == 0 {
			continue
		}
		where := d.then
		if len(left) == 0 {
			where = d.now // nothing of it was counted
		}
		held, err := where.held(ctx, u.ID)
		if err != nil {
			return err
		}
		if err := d.carried(u, held, from, to); err != nil {
			return err
		}
	}
	return nil
}

// carried says what a unit's records take from some units and add to others.
func (d *differing) carried(u tree.Unit, held family, from, to []tree.Unit) error {
	all, err := d.figuresOf(u, held)
	if err != nil {
		return err
	}
	none := report.FiguresOf(u.Code, d.ledgers, report.Parts{}, report.Parts{})
	of := report.Difference{Class: report.Moved, Kind: system.UnitKind, ID: change.RecordID(u.ID)}
	for _, unit := range from {
		of.Unit, of.Figures = unit.Code, report.Shifts(all, none)
		d.add(of)
	}
	for _, unit := range to {
		of.Unit, of.Figures = unit.Code, report.Shifts(none, all)
		d.add(of)
	}
	return nil
}

// chain is a unit with those above it that stand within the scope.
func (c *counting) chain(scope, unit change.UnitID) (units []tree.Unit) {
	for _, id := range append([]change.UnitID{unit}, c.tree.Ancestors(unit)...) {
		if u, known := c.tree.Unit(id); known && c.tree.Below(scope, id) {
			units = append(units, u)
		}
	}
	return units
}

// without are the units of a list that are not in the other.
func without(of, other []tree.Unit) []tree.Unit {
	ids := map[change.UnitID]bool{}
	for _, u := range other {
		ids[u.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(of), func(u tree.Unit) bool { return ids[u.ID] })
}
