package view

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
)

// Parts implements Reader. Those of the tables are kept counts; those of another day are
// counted in rows that are made for it, of one unit after the other.
func (m *Merged) Parts(ctx context.Context, scope change.UnitID, day string, tell func(unit change.UnitID, part string, n int64)) error {
	m.mu.RLock()
	units := under(m.tree, scope)
	m.mu.RUnlock()
	if day == "" {
		return m.keptParts(ctx, units, tell)
	}
	for _, unit := range units {
		parts, err := m.partsOn(ctx, unit, day)
		if err != nil {
			return err
		}
		for part, n := range parts {
			tell(unit, part, n)
		}
	}
	return nil
}

// keptParts tells what is kept of the fields that name parts.
func (m *Merged) keptParts(ctx context.Context, units []change.UnitID, tell func(change.UnitID, string, int64)) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	within := make(map[change.UnitID]bool, len(units))
	for _, unit := range units {
		within[unit] = true
	}
	for _, k := range m.derived {
		if !facts.Counts(k) {
			continue
		}
		list, err := m.countsOf(ctx, k, facts.CountsField)
		if err != nil {
			return err
		}
		for i := range list {
			if part, is := list[i].value.Text(); is && within[list[i].unit] {
				tell(list[i].unit, part, list[i].n)
			}
		}
	}
	return nil
}

// partsOn counts the parts in the rows of a unit, made for a day.
func (m *Merged) partsOn(ctx context.Context, unit change.UnitID, day string) (map[string]int64, error) {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.learn(ctx); err != nil {
		return nil, err
	}
	u := unitReview{Merged: m, unit: unit, day: day, held: map[string][]*merge.Record{}, streams: map[int64]change.Stream{}}
	for _, name := range m.book.Reads() {
		if !m.filled[name] {
			continue
		}
		var err error
		if u.held[name], err = u.readKind(ctx, m.layouts[name].kind, unit); err != nil {
			return nil, err
		}
	}
	parts := map[string]int64{}
	return parts, u.each(ctx, func(made facts.Rows) { made.AddTo(parts) })
}
