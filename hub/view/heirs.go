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
	if stand {
		if err := a.weighInherited(); err != nil {
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

// weighInherited has the records made again of units that have heirs, as far as changes of
// them may count now: those that are among the strays, and those of records that have
// moved, of which some stand with the record without an effect.
func (a *application) weighInherited() error {
	inherited := heirsKnown{of: a.view.opts.Custody, has: map[change.UnitID]bool{}}
	again := func(kind string, id change.RecordID, units ...change.UnitID) error {
		has, err := inherited.any(units)
		if w := a.workOf(kind, 0); has && w != nil {
			w.record(id).rebuilt = true
		}
		return err
	}
	if a.holdings != nil {
		for of, h := range a.holdings.now {
			if !h.Moved() {
				continue
			}
			if err := again(of.kind, of.id, h.Unit, h.At); err != nil {
				return err
			}
		}
	}
	if !a.strays {
		return nil
	}
	return a.tx.EachStrayed(func(kind string, id change.RecordID) error {
		unit, named := id.Maker()
		if !named || !access.Inherits(kind) || a.holdings.of(kind, id).Moved() {
			return nil
		}
		return again(kind, id, unit)
	})
}

// heirsKnown keeps of which units it was asked whether they have heirs.
type heirsKnown struct {
	of  Custody
	has map[change.UnitID]bool
}

func (k *heirsKnown) any(units []change.UnitID) (bool, error) {
	for _, unit := range units {
		if _, met := k.has[unit]; !met {
			heirs, err := k.of.Heirs(unit)
			if err != nil {
				return false, err
			}
			k.has[unit] = len(heirs) > 0
		}
		if k.has[unit] {
			return true, nil
		}
	}
	return false, nil
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
