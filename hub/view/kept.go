package view

import (
	"context"
	"slices"
	"sync"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// keptMost bounds the counts of a field that stay in memory between two questions.
const keptMost = 50_000

// kept are the counts of fields as they were read last, for as long as nothing is
// applied: a board of figures asks the same every few seconds.
type kept struct {
	mu     sync.Mutex // guards what follows
	counts map[keptField]keptCounts
}

type keptField struct{ kind, field string }

type keptCounts struct {
	of   moment // before they were read: they may hold more, never less
	list []unitCount
}

// moment names the state that tables had: the watermark, and how many changes to the
// kind this process has made.
type moment struct{ applied, changed uint64 }

// unitCount is how many records of a unit have a value.
type unitCount struct {
	unit  change.UnitID
	value Cell
	n     int64
}

// drop forgets all: the tables are made again.
func (k *kept) drop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.counts = nil
}

func (k *kept) get(of keptField, at moment) ([]unitCount, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.counts[of]
	return c.list, ok && c.of == at
}

func (k *kept) put(of keptField, c keptCounts) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.counts == nil {
		k.counts = map[keptField]keptCounts{}
	}
	k.counts[of] = c
}

// countsOf are the kept counts of a field, those of a unit one after the other.
func (m *Merged) countsOf(ctx context.Context, k *schema.Kind, field string) ([]unitCount, error) {
	now, err := m.tables.Standing(ctx)
	if err != nil {
		return nil, err
	}
	of, at := keptField{k.Name, field}, moment{now.Applied, m.Changed(k.Name)}
	if list, ok := m.kept.get(of, at); ok {
		return list, nil
	}
	var list []unitCount
	err = m.tables.Counts(ctx, k, field, func(unit []byte, value Cell, n int64) error {
		c := unitCount{value: value, n: n}
		if last := len(list) - 1; last >= 0 && string(list[last].unit) == string(unit) {
			c.unit = list[last].unit // the same text once
		} else {
			c.unit = change.UnitID(unit)
		}
		list = append(list, c)
		return nil
	})
	if err == nil && len(list) <= keptMost {
		m.kept.put(of, keptCounts{of: at, list: slices.Clip(list)})
	}
	return list, err
}
