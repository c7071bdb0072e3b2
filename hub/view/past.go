package view

import (
	"sync"

	"tongbu/internal/change"
	"tongbu/internal/tree"
)

// pastDays bounds the days of which parts of figures stay in memory.
const pastDays = 16

// past are the parts of figures of past days as they were counted last, of each unit for
// as long as nothing comes that rows of it are made of. Who looks at a board of last month
// looks at it more than once.
type past struct {
	mu    sync.Mutex // guards what follows
	days  map[string]map[change.UnitID]map[string]int64
	order []string // of the days, the one that was begun first before the others
}

// get returns the parts of a unit; they are not to be changed.
func (p *past) get(day string, unit change.UnitID) (parts map[string]int64, kept bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	parts, kept = p.days[day][unit]
	return parts, kept
}

func (p *past) put(day string, unit change.UnitID, parts map[string]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.days == nil {
		p.days = map[string]map[change.UnitID]map[string]int64{}
	}
	if p.days[day] == nil {
		if len(p.order) == pastDays {
			delete(p.days, p.order[0])
			p.order = p.order[1:]
		}
		p.days[day], p.order = map[change.UnitID]map[string]int64{}, append(p.order, day)
	}
	p.days[day][unit] = parts
}

// empty reports whether nothing is kept: mostly nobody has asked.
func (p *past) empty() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.days) == 0
}

// drop forgets all.
func (p *past) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.days, p.order = nil, nil
}

func (p *past) forget(units map[change.UnitID]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, of := range p.days {
		for unit := range units {
			delete(of, unit)
		}
	}
}

// forgetPast forgets the parts of the units of which something is applied that rows are
// made of. What another unit than a community has written may be about people of any unit
// below it, and what the city has published about all.
//
// It is called before the transaction ends, and what is counted meanwhile waits for that:
// so nothing is kept that the tables did not have when it was counted.
func (a *application) forgetPast() {
	if a.view.past.empty() {
		return
	}
	units := map[change.UnitID]bool{}
	all := a.published
	for _, w := range a.kinds {
		if !a.view.reads[w.kind.Name] {
			continue
		}
		for i := range w.records {
			maker, _ := w.records[i].id.Maker()
			u, known := a.view.treeUnit(maker)
			units[maker] = true
			all = all || !known || u.Level != tree.Community
			if h := a.holdings.of(w.kind.Name, w.records[i].id); h.Moved() {
				units[h.Unit] = true
			}
		}
	}
	if all {
		a.view.past.drop()
		return
	}
	a.view.past.forget(units)
}
