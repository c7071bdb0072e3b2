package view

import (
	"context"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/filter"
)

// turnPortion is how many subjects have their derived rows made in one transaction when
// the day turns; changes are applied between two.
const turnPortion = 200

// beginPass begins the review of a day. Where the tables are those of another day, only
// the derived rows that end with it are made again; else there may be any.
func (m *Merged) beginPass(ctx context.Context, reviewed, day string) error {
	p := &pass{day: day, units: unitsOf(m.tree), done: Reviewed{Day: day}}
	if reviewed != "" {
		var err error
		if p.due, err = m.dueOn(ctx, day); err != nil {
			return err
		}
		p.turned, p.done.Subjects = map[change.UnitID]bool{}, len(p.due)
		for _, unit := range p.units {
			p.turned[unit] = true
		}
	}
	m.pass, m.day = p, day
	return nil
}

// dueOn names the subjects of derived rows that are of other days.
func (m *Merged) dueOn(ctx context.Context, day string) (due []recordName, err error) {
	met := map[recordName]bool{}
	for _, k := range m.derived {
		fields := k.Subjects()
		if len(fields) == 0 || !m.filled[k.Name] {
			continue
		}
		where, err := filter.ParseInFull(k, fmt.Sprintf(`valid_until < %q OR valid_from > %[1]q`, day))
		if err != nil {
			return nil, err
		}
		s := &Selection{Kind: k, Where: where, Order: []filter.Order{{Field: ColID}}, All: true}
		for _, f := range fields {
			s.Columns, s.Storages = append(s.Columns, f.Name), append(s.Storages, storageOf(f.Type))
		}
		err = m.tables.Select(ctx, s, func(cells []Cell) error {
			for i, f := range fields {
				name := recordName{f.About(), change.RecordID(s.Storages[i].Value(cells[i]).Text())}
				if name.id != "" && !met[name] {
					met[name] = true
					due = append(due, name)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return due, nil
}

// turnNext makes the derived rows of the next subjects that are due.
func (m *Merged) turnNext(ctx context.Context) error {
	next := m.pass.due[:min(turnPortion, len(m.pass.due))]
	var wrote []string
	var rows int
	err := m.tables.Update(ctx, func(tx Tx) error {
		a := application{view: m, tx: tx, holdings: m.holdings.Load(), streams: map[int64]change.Stream{}, paths: map[change.UnitID]*Path{}, units: map[change.UnitID]int64{}, byKind: map[string]*work{}}
		j := a.newJudging(m.pass.day)
		for _, name := range next {
			j.subjects[name] = true
		}
		err := j.derive()
		wrote, rows = a.wroteKinds(), a.rewrote
		return err
	})
	m.changes.of(wrote) // also after a commit whose answer was lost
	if err == nil {
		m.pass.due = m.pass.due[len(next):]
		m.pass.done.Rows += rows
	}
	return err
}
