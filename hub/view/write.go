package view

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
)

// writes are what a portion of merged records does to the tables.
type writes struct {
	inserts, replaces []writing
	removes           []Held
	strays            []Stray           // to be added
	found             []change.RecordID // records whose strays are in them now
}

// writing is a record that is to be written.
type writing struct {
	held  Held
	r     *merge.Record
	home  Belonging
	spots []ShortSpot
}

// put notes a record that is to be written. What was counted for it before is
// taken off already.
func (o *writes) put(held Held, r *merge.Record, home Belonging, spots []ShortSpot) {
	x := writing{held: held, r: r, home: home, spots: spots}
	if !held.There() {
		o.inserts = append(o.inserts, x)
	} else {
		o.replaces = append(o.replaces, x)
	}
}

func (a *application) write(w *work, o *writes) error {
	if err := a.writeStrays(w, o); err != nil {
		return err
	}
	if len(o.removes) > 0 {
		if err := a.tx.Remove(w.kind, o.removes); err != nil {
			return err
		}
	}
	for _, list := range [][]writing{o.inserts, o.replaces} {
		if err := a.numberUnits(len(list), func(i int) Belonging { return list[i].home }); err != nil {
			return err
		}
	}
	if err := a.writeInserts(w, o.inserts); err != nil || len(o.replaces) == 0 {
		return err
	}
	held := make([]Held, len(o.replaces))
	for i := range o.replaces {
		held[i] = o.replaces[i].held
	}
	return a.tx.Replace(w.kind, held, func(i int) TableRow { return a.rowOfMerged(w, &o.replaces[i]) })
}

func (a *application) writeStrays(w *work, o *writes) error {
	if len(o.strays) > 0 {
		if _, err := a.tx.AddStrays(o.strays); err != nil {
			return err
		}
	}
	if len(o.found) == 0 {
		return nil
	}
	return a.tx.RemoveStrays(w.kind.Name, o.found)
}

func (a *application) writeInserts(w *work, inserts []writing) error {
	if len(inserts) == 0 {
		return nil
	}
	ids := make([]change.RecordID, len(inserts))
	for i := range inserts {
		ids[i] = inserts[i].held.ID
	}
	there, err := a.tx.Insert(w.kind, ids, func(i int) TableRow { return a.rowOfMerged(w, &inserts[i]) })
	if err == nil && len(there) > 0 {
		err = fault.New(fault.Internal, "a record is in the view's tables and was not read from them")
	}
	return err
}

// rowOfMerged is the row of a merged record, which is counted with it.
func (a *application) rowOfMerged(w *work, x *writing) TableRow {
	w.count(x.r, x.home, 1)
	s := stored{spots: x.spots, form: formMerged, body: x.r.Encode()}
	return TableRow{Cells: a.row(w, x.r, x.home), Stored: a.store(&s)}
}

// row makes the cells of a row. They are good until the next.
func (a *application) row(w *work, r Content, home Belonging) []Cell {
	a.cells = w.row(a.cells[:0], r, a.units[home.Unit], a.units[home.Audience], home.Moved)
	return a.cells
}

// store writes what is stored beside a row. It is good until the next.
func (a *application) store(s *stored) []byte {
	a.stored = s.appendTo(a.stored[:0])
	return a.stored
}

// numberUnits learns the numbers of the units that records belong and are addressed
// to.
func (a *application) numberUnits(n int, home func(i int) Belonging) error {
	var unknown []change.UnitID
	for i := range n {
		b := home(i)
		for _, unit := range [...]change.UnitID{b.Unit, b.Audience} {
			if _, known := a.units[unit]; !known {
				a.units[unit] = 0
				unknown = append(unknown, unit)
			}
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	numbers, err := a.tx.Units(unknown, func(unit change.UnitID) Path { return *a.path(unit) })
	for i, no := range numbers {
		a.units[unknown[i]] = no
	}
	return err
}

func (a *application) path(unit change.UnitID) *Path {
	p, ok := a.paths[unit]
	if !ok {
		found := PathOf(a.view.tree, unit)
		p = &found
		a.paths[unit] = p
	}
	return p
}
