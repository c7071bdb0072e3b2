package view

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// A record that one change has made is its row: the fields of the change are in the
// columns, and where it stands, who made it and when are beside them. Nine in ten
// records are of this sort, and nothing else is stored of them. A change with a field
// that its column does not hold as it came (an unknown one, one that is emptied, a
// value of another type) is stored beside the row.

// firstRow appends the cells of the row of a record that one change makes, as row does,
// and reports whether they have every field of the change as it came. Fields and
// columns are in the same order, so both lists are walked once, whatever the kind has.
func (l *layout) firstRow(cells []Cell, f *First, unit, audience int64) (_ []Cell, whole bool) {
	cells = append(cells, TextCell(string(f.ID())), NumberCell(unit), NumberCell(audience), noFields, NumberCell(0), NumberCell(0),
		Cell{}, Cell{}, Cell{}, Cell{}, Cell{})
	from := len(cells)
	cells = append(cells, l.blank...)
	said, k := 0, 0
	for i := range f.c.Fields {
		field := &f.c.Fields[i]
		for k < len(l.plain) && change.CompareNames(l.plain[k].name, field.Name) < 0 {
			k++
		}
		if k == len(l.plain) || l.plain[k].name != field.Name {
			continue
		}
		p := &l.plain[k]
		if p.name == schema.VoidReason {
			continue // of no void: it is kept beside the row
		}
		cell := l.columns[p.at].hold(field.Value)
		if cell.held != nothing {
			said++
		}
		cells[from+p.at] = cell
		if p.key > 0 {
			cells[from+p.key] = l.columns[p.key].keyCell(field.Value.Text())
		}
	}
	return cells, said == len(f.c.Fields)
}

// plain is a column that holds a field and nothing else.
type plain struct {
	name string
	at   int // in the columns
	key  int // of the column that holds the key of the name; 0: none
}

// plainOf lists the plain columns in the order in which changes have their fields.
func plainOf(columns []Column) (list []plain) {
	for i := range columns {
		if columns[i].made {
			continue
		}
		p := plain{name: columns[i].Field, at: i}
		if i+1 < len(columns) && columns[i+1].key != nil && columns[i+1].key.Name == p.name {
			p.key = i + 1
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b plain) int { return change.CompareNames(a.name, b.name) })
	return list
}

// place writes where the change of the row stands, by whom it is and of when.
func place(cells []Cell, at ShortSpot, c *change.Change) {
	cells[atStream], cells[atSeq] = NumberCell(at.Stream), NumberCell(at.Seq)
	cells[atActor], cells[atAt] = TextCell(c.Actor), NumberCell(c.At)
}

// parseRow is the inverse: what a row says that has no more stored beside it. It keeps the
// cells.
func (l *layout) parseRow(h *Held) (stored, error) {
	if len(h.Cells) != fixedColumns+len(l.columns) || h.Cells[atSeq].held != number {
		return stored{}, fault.New(fault.Damaged, "a row of the view does not say where its change stands")
	}
	return stored{spots: []ShortSpot{{Stream: h.Cells[atStream].number, Seq: h.Cells[atSeq].number}}, form: formRow, row: &row{layout: l, id: h.ID, cells: h.Cells}}, nil
}

// parse reads what is held of a record.
func (l *layout) parse(h *Held) (stored, error) {
	if h.Stored == nil {
		return l.parseRow(h)
	}
	return parseStored(h.Stored)
}
