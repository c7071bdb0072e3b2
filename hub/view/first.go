package view

import "tongbu/internal/change"

// firstBatch are the records of a portion that one change alone makes.
type firstBatch struct {
	at  []int // in the portion
	ids []change.RecordID
}

// insertFirsts writes what most changes are, the first and only one of a new
// record. It returns the records for which that does not do.
func (a *application) insertFirsts(w *work, records []pending, d *draft, b beside) (rest []*pending, err error) {
	f := &a.firsts
	f.at, f.ids = f.at[:0], f.ids[:0]
	for i := range records {
		r := &records[i]
		if !d.rows[i].alone || len(b.strays[r.id]) > 0 || len(b.refused[r.id]) > 0 {
			rest = append(rest, r)
			continue
		}
		f.at, f.ids = append(f.at, i), append(f.ids, r.id)
	}
	if len(f.ids) == 0 {
		return rest, nil
	}
	there, err := a.tx.Insert(w.kind, f.ids, func(i int) TableRow { return d.table(&d.rows[f.at[i]]) })
	if err != nil {
		return nil, err
	}
	for i, at := range f.at {
		if len(there) > 0 && there[0] == i {
			rest, there = append(rest, &records[at]), there[1:]
			continue
		}
		row := &d.rows[at]
		w.countCells(d.cells[row.cells.from:row.cells.to], records[at].home, 1)
		a.touch(&row.first)
	}
	return rest, nil
}
