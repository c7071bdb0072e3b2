package view

import (
	"context"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// applyHeirs merges the fresh division words before the records of the units that they
// merge. Who is whose heir the journal knows; what the heir wrote before the word came is
// among the strays.
func (a *application) applyHeirs(ctx context.Context) error {
	w, fresh := a.byKind[system.DivisionKind]
	if !fresh || a.view.opts.Custody == nil {
		return nil
	}
	merged, stand := map[change.UnitID]bool{}, false
	err := a.mergeFirst(ctx, w, func(r *merge.Record) error {
		if unit, _, stands := system.MergerIn(r); unit != "" {
			merged[unit] = merged[unit] || !stands
			stand = stand || stands
		}
		return nil
	})
	if err != nil {
		return err
	}
	if stand && a.strays {
		if err := a.weighStrays(); err != nil {
			return err
		}
	}
	for unit, void := range merged {
		if void {
			if err := a.weighUnits(ctx, unit); err != nil {
				return err
			}
		}
	}
	return nil
}

// weighStrays has the records made again of units that have heirs, and of which changes are
// among the strays.
func (a *application) weighStrays() error {
	inherited := map[change.UnitID]bool{}
	return a.tx.EachStrayed(func(kind string, id change.RecordID) error {
		unit, named := id.Maker()
		if h := a.holdings.of(kind, id); h.Moved() {
			unit = h.At
		}
		if !named || !access.Inherits(kind) {
			return nil
		}
		if _, met := inherited[unit]; !met {
			heirs, err := a.view.opts.Custody.Heirs(unit)
			if err != nil {
				return err
			}
			inherited[unit] = len(heirs) > 0
		}
		if w := a.workOf(kind, 0); w != nil && inherited[unit] {
			w.record(id).rebuilt = true
		}
		return nil
	})
}

// weighUnits has all records made again of a unit that was merged by a word which says so
// no more, and of those that were merged into it.
func (a *application) weighUnits(ctx context.Context, merged change.UnitID) error {
	units := []change.UnitID{merged}
	if t := a.view.tree; t != nil {
		for _, u := range t.Units(t.Root().ID) {
			heirs, err := a.view.opts.Custody.Heirs(u.ID)
			if err != nil {
				return err
			}
			if heirs.Is(merged, u.ID) {
				units = append(units, u.ID)
			}
		}
	}
	for _, k := range a.view.schema.Kinds() {
		if !access.Inherits(k.Name) || k.Sort == schema.Derived {
			continue
		}
		for _, unit := range units {
			err := a.view.tables.Each(ctx, k, unit, func(h Held) error {
				a.workOf(k.Name, 0).record(h.ID).rebuilt = true
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
