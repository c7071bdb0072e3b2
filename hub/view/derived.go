package view

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Rows of derived kinds are made by package facts of what a unit holds, and stand in
// tables of their own like the rows of records. No change says them, so they are in
// no digest and are not held against the journal: they are made again of the records.

// made is a row of a derived kind as the content of a row.
type made struct {
	facts.Row
}

var _ Content = made{}

// Made is the content of a derived row.
func Made(row facts.Row) Content { return made{row} }

// Kind implements Content.
func (m made) Kind() string { return m.Row.Kind }

// ID implements Content.
func (m made) ID() change.RecordID { return m.Row.ID }

// Value implements Content.
func (m made) Value(field string) change.Value { return m.Values[field] }

// Void implements Content.
func (made) Void() bool { return false }

// Conflicts implements Content.
func (made) Conflicts() []merge.Conflict { return nil }

// Opening implements Content.
func (made) Opening() (change.Stream, bool) { return change.Stream{}, false }

// derivedKinds lists the derived kinds of a schema.
func derivedKinds(s *schema.Schema) []*schema.Kind {
	return slices.DeleteFunc(s.Kinds(), func(k *schema.Kind) bool { return k.Sort != schema.Derived })
}

// entryOf is a record as facts read it.
func entryOf(k *schema.Kind, r Read) facts.Entry {
	return facts.EntryOf(k, r.ID(), r)
}

// rewrite makes rows of a derived kind what they are to be: had are those there now,
// now those that are right. Rows that say the same are not written.
func (a *application) rewrite(k *schema.Kind, had []Held, now []facts.Row) error {
	if len(had) == 0 && len(now) == 0 {
		return nil
	}
	w := a.workOf(k.Name, len(now))
	before := make(map[change.RecordID]Held, len(had))
	for _, h := range had {
		before[h.ID] = h
	}
	if err := a.numberUnits(len(now), func(i int) Belonging { return homeOf(now[i].ID) }); err != nil {
		return err
	}
	var inserts, replaces []made
	var replaced []Held
	for _, row := range now {
		h, there := before[row.ID]
		delete(before, row.ID)
		switch {
		case !there:
			inserts = append(inserts, made{row})
		case !slices.Equal(h.Cells, a.row(w, made{row}, homeOf(row.ID))):
			replaces, replaced = append(replaces, made{row}), append(replaced, h)
		}
	}
	return a.rewriteRows(w, before, inserts, replaces, replaced)
}

func (a *application) rewriteRows(w *work, gone map[change.RecordID]Held, inserts, replaces []made, replaced []Held) error {
	n := len(gone) + len(inserts) + len(replaces)
	w.wrote, a.rewrote = w.wrote || n > 0, a.rewrote+n
	var removed []Held
	for _, h := range gone {
		removed = append(removed, h)
	}
	slices.SortFunc(removed, func(x, y Held) int { return CompareIDs(x.ID, y.ID) })
	for _, h := range slices.Concat(removed, replaced) {
		w.countCells(h.Cells, homeOf(h.ID).Unit, -1)
	}
	if len(removed) > 0 {
		if err := a.tx.Remove(w.kind, removed); err != nil {
			return err
		}
	}
	if len(replaces) > 0 {
		if err := a.tx.Replace(w.kind, replaced, func(i int) TableRow { return a.rowOfMade(w, replaces[i]) }); err != nil {
			return err
		}
	}
	if len(inserts) == 0 {
		return nil
	}
	ids := make([]change.RecordID, len(inserts))
	for i := range inserts {
		ids[i] = inserts[i].Row.ID
	}
	_, err := a.tx.Insert(w.kind, ids, func(i int) TableRow { return a.rowOfMade(w, inserts[i]) })
	return err
}

// rowOfMade is the table's row of a derived row, which is counted with it.
func (a *application) rowOfMade(w *work, m made) TableRow {
	home := homeOf(m.Row.ID)
	w.count(m, home, 1)
	return TableRow{Cells: a.row(w, m, home)}
}

// homeOf is where a derived row belongs: the unit in its id, which holds its subject.
func homeOf(id change.RecordID) Belonging {
	maker, _ := id.Maker()
	return Belonging{Unit: maker, Audience: maker}
}

// writeDerivedCounts brings the counts of derived kinds up to their rows.
func (a *application) writeDerivedCounts() error {
	for _, w := range a.kinds {
		if w.kind.Sort != schema.Derived {
			continue
		}
		if err := a.writeCounts(w); err != nil {
			return err
		}
	}
	return nil
}

// wroteKinds are the derived kinds of which rows were written.
func (a *application) wroteKinds() (kinds []string) {
	for _, w := range a.kinds {
		if w.wrote {
			kinds = append(kinds, w.kind.Name)
		}
	}
	return kinds
}
