package view

import (
	"tongbu/internal/change"
)

// firstBatch are the records of a portion that one change alone makes.
type firstBatch struct {
	from     []*pending
	ids      []change.RecordID
	contents []First
	homes    []Belonging
}

// insertFirsts writes what most changes are, the first and only one of a new
// record. It returns the records for which that does not do.
func (a *application) insertFirsts(w *work, records []pending, b beside) (rest []*pending, err error) {
	f := &a.firsts
	f.from, f.ids, f.contents, f.homes = f.from[:0], f.ids[:0], f.contents[:0], f.homes[:0]
	for i := range records {
		r := &records[i]
		content, ok := r.alone(b)
		if !ok {
			rest = append(rest, r)
			continue
		}
		f.from, f.ids, f.contents = append(f.from, r), append(f.ids, r.id), append(f.contents, content)
		f.homes = append(f.homes, BelongingOf(&f.contents[len(f.contents)-1]))
	}
	if len(f.ids) == 0 {
		return rest, nil
	}
	if err := a.numberUnits(len(f.ids), func(i int) Belonging { return f.homes[i] }); err != nil {
		return nil, err
	}
	there, err := a.tx.Insert(w.kind, f.ids, func(i int) TableRow {
		return a.rowOfFirst(w, &f.contents[i], f.homes[i], f.from[i].at, f.from[i].first.Raw)
	})
	if err != nil {
		return nil, err
	}
	for i := range f.ids {
		if len(there) > 0 && there[0] == i {
			rest, there = append(rest, f.from[i]), there[1:]
			continue
		}
		w.count(&f.contents[i], f.homes[i], 1)
		a.touch(&f.contents[i])
	}
	return rest, nil
}

// alone is the content of a record of which nothing is known but one change.
func (r *pending) alone(b beside) (First, bool) {
	if r.rebuilt || r.first == nil || len(r.more) > 0 || r.first.Raw == nil || len(b.strays[r.id]) > 0 || len(b.refused[r.id]) > 0 {
		return First{}, false
	}
	return Alone(r.first.Stream, r.first.Change)
}
