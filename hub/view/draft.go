package view

import (
	"slices"
	"sync"
)

// draft is the rows of the records of a portion that one change alone makes, as far as
// the changes tell.
type draft struct {
	rows   []draftRow // one for each record of the portion
	cells  []Cell     // of all rows, one after the other
	stored []byte     // likewise, what is stored beside them
}

// draftRow is where the row of a record stands in its draft.
type draftRow struct {
	first  First
	alone  bool // there is a row
	cells  extent
	stored extent
}

type extent struct{ from, to int }

// make fills the draft with the rows of the records.
func (d *draft) make(w *work, records []pending) {
	d.rows, d.cells, d.stored = d.rows[:0], d.cells[:0], d.stored[:0]
	for i := range records {
		d.rows = append(d.rows, d.row(w, &records[i]))
	}
}

func (d *draft) row(w *work, r *pending) (row draftRow) {
	if row.first, row.alone = r.alone(); !row.alone {
		return row
	}
	row.cells.from, row.stored = len(d.cells), extent{len(d.stored), len(d.stored)}
	var whole bool
	d.cells, whole = w.firstRow(d.cells, &row.first, r.unit, r.audience)
	row.cells.to = len(d.cells)
	if whole {
		place(d.cells[row.cells.from:], r.at, row.first.c)
		return row
	}
	s := stored{spots: []ShortSpot{r.at}, form: formSingle, body: r.first.Raw}
	d.stored = s.appendTo(d.stored)
	row.stored.to = len(d.stored)
	return row
}

// table is the row as an engine takes it.
func (d *draft) table(row *draftRow) TableRow {
	return TableRow{Cells: d.cells[row.cells.from:row.cells.to], Stored: d.stored[row.stored.from:row.stored.to]}
}

// alone is the content of a record of which nothing is known but one change.
func (r *pending) alone() (First, bool) {
	if r.rebuilt || r.first == nil || len(r.more) > 0 || r.first.Raw == nil {
		return First{}, false
	}
	return Alone(r.first.Stream, r.first.Change)
}

// numberHomes learns the numbers of the units of all records that one change alone
// makes, before their rows are made.
func (a *application) numberHomes(w *work) error {
	var firsts []*pending
	var homes []Belonging
	for i := range w.records {
		if first, ok := w.records[i].alone(); ok {
			firsts, homes = append(firsts, &w.records[i]), append(homes, a.home(&first))
		}
	}
	if err := a.numberUnits(len(homes), func(i int) Belonging { return homes[i] }); err != nil {
		return err
	}
	for i, r := range firsts {
		r.home, r.unit, r.audience = homes[i].Unit, a.units[homes[i].Unit], a.units[homes[i].Audience]
	}
	return nil
}

// eachPortion calls fn for the records of a kind, a portion at a time, with their
// drafts. While one is written the next is made: to fill rows takes a quarter of the
// time of writing them, and the engine's writer is what all wait for.
func (w *work) eachPortion(size int, fn func([]pending, *draft) error) error {
	if len(w.records) <= size {
		var d draft
		d.make(w, w.records)
		return fn(w.records, &d)
	}
	portions := slices.Collect(slices.Chunk(w.records, size))
	made, free, over := make(chan *draft), make(chan *draft, 2), make(chan struct{})
	free <- new(draft)
	free <- new(draft)
	var maker sync.WaitGroup
	maker.Go(func() {
		for _, portion := range portions {
			select {
			case <-over:
				return
			case d := <-free:
				d.make(w, portion)
				select {
				case <-over:
					return
				case made <- d:
				}
			}
		}
	})
	defer maker.Wait()
	defer close(over)
	for _, portion := range portions {
		d := <-made
		if err := fn(portion, d); err != nil {
			return err
		}
		free <- d
	}
	return nil
}
