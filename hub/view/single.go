package view

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// A record that one change has made is its row: the fields of the change are in the
// columns, and where it stands, who made it and when are beside them. Nine in ten
// records are of this sort, and nothing else is stored of them. A change with a field
// that its column does not hold as it came (an unknown one, one that is emptied, a
// value of another type) is stored beside the row.

// saysAll reports whether the row has every field of the change as it came: no cell
// holds anything but the value of its field, so it is enough to count them.
func (l *layout) saysAll(cells []Cell, c *change.Change) bool {
	said := 0
	for i := range l.columns {
		if !l.columns[i].made && cells[fixedColumns+i].held != nothing {
			said++
		}
	}
	return said == len(c.Fields)
}

// place writes where the change of the row stands, by whom it is and of when.
func place(cells []Cell, at ShortSpot, c *change.Change) {
	cells[atStream], cells[atSeq] = NumberCell(at.Stream), NumberCell(at.Seq)
	cells[atActor], cells[atAt] = TextCell(c.Actor), NumberCell(c.At)
}

// parseRow is the inverse: what a row says that has no more stored beside it.
func (l *layout) parseRow(h *Held) (stored, error) {
	if len(h.Cells) != fixedColumns+len(l.columns) || h.Cells[atSeq].held != number {
		return stored{}, fault.New(fault.Damaged, "a row of the view does not say where its change stands")
	}
	c := &change.Change{Kind: l.kind.Name, Record: h.ID, Actor: h.Cells[atActor].text, At: h.Cells[atAt].number}
	fields := map[string]change.Value{}
	for i := range l.columns {
		cell := h.Cells[fixedColumns+i]
		if !l.columns[i].made && cell.held != nothing {
			fields[l.columns[i].Field] = l.columns[i].Storage.Value(cell)
		}
	}
	c.Fields = fields
	return stored{spots: []ShortSpot{{Stream: h.Cells[atStream].number, Seq: h.Cells[atSeq].number}}, form: formRow, row: c}, nil
}

// parse reads what is held of a record.
func (l *layout) parse(h *Held) (stored, error) {
	if h.Stored == nil {
		return l.parseRow(h)
	}
	return parseStored(h.Stored)
}
