package view

import (
	"context"
	"runtime"
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/task"
)

// Parts implements Reader. Those of the tables are kept counts; those of another day are
// counted in rows that are made for it, of one unit after the other, and kept until
// something comes that they are made of.
func (m *Merged) Parts(ctx context.Context, units []change.UnitID, day string, tell func(unit change.UnitID, part string, n int64)) error {
	if day == "" {
		return m.keptParts(ctx, units, tell)
	}
	for some := range slices.Chunk(units, unitsAtOnce) {
		made, err := m.partsOn(ctx, some, day)
		if err != nil {
			return err
		}
		for i, unit := range some {
			for part, n := range made[i] {
				tell(unit, part, n)
			}
		}
	}
	return nil
}

// unitsAtOnce is how many units are counted while nothing is applied.
const unitsAtOnce = 16

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

// partsOn counts the parts in the rows of units, made for a day, on every processor.
func (m *Merged) partsOn(ctx context.Context, units []change.UnitID, day string) ([]map[string]int64, error) {
	made, missing := make([]map[string]int64, len(units)), []int{}
	for i, unit := range units {
		var kept bool
		if made[i], kept = m.past.get(day, unit); !kept {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return made, nil
	}
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.learn(ctx); err != nil {
		return nil, err
	}
	next := make(chan int, len(missing))
	for _, i := range missing {
		next <- i
	}
	close(next)
	work := func(ctx context.Context) error {
		for i := range next {
			var err error
			if made[i], err = m.partsOf(ctx, units[i], day); err != nil {
				return err
			}
			m.past.put(day, units[i], made[i])
		}
		return nil
	}
	if err := task.Run(ctx, slices.Repeat([]task.Task{work}, min(len(missing), runtime.GOMAXPROCS(0), readersForParts))...); err != nil {
		return nil, err
	}
	return made, fault.Wrap("count", ctx.Err()) // to be stopped is no failure of a task, but some units were not counted
}

// readersForParts leaves others of an engine's readers.
const readersForParts = 2

// partsOf counts the parts in the rows of a unit, made for a day. The caller holds the locks.
func (m *Merged) partsOf(ctx context.Context, unit change.UnitID, day string) (map[string]int64, error) {
	u := unitReview{Merged: m, unit: unit, day: day, held: map[string][]Read{}, streams: map[int64]change.Stream{}}
	for kind := range m.reads {
		if !m.filled[kind] {
			continue
		}
		var err error
		if u.held[kind], err = u.readKind(ctx, m.layouts[kind].kind, unit); err != nil {
			return nil, err
		}
	}
	all, err := u.saidAbove(ctx)
	if err != nil {
		return nil, err
	}
	parts := map[string]int64{}
	return parts, m.holdingOf(unit, all).Count(ctx, day, parts)
}
