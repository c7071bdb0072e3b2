package view

import (
	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// Counts by a status are asked for many times a day over hundreds of thousands
// of persons. So the records that are not void are counted as they are
// written: by the unit they belong to and the value, for each field that is
// indexed and has a few values only. A set counts under each of its items, and under
// nothing where it has none.

// Counted lists the columns of the kind whose values are counted. Records of
// other than personal kinds are seen by audience, which no count knows.
func Counted(k *schema.Kind) []Column {
	var columns []Column
	for _, c := range Columns(k) {
		f, ok := k.Field(c.Field)
		if ok && c.Index && k.Personal && (f.Type == schema.Code || f.Type == schema.Codes || f.Type == schema.Boolean) {
			columns = append(columns, c)
		}
	}
	return columns
}

// counted names a count: of a value of one of the counted columns in one unit.
type counted struct {
	column int
	unit   change.UnitID
	value  Cell
}

// count adds n for each counted field of the record. A void one counts for
// nothing.
func (w *work) count(r Content, home Belonging, n int64) {
	if len(w.counted) == 0 || r.Void() {
		return
	}
	for i, c := range w.counted {
		w.addCount(i, home.Unit, c.Cell(r), n)
	}
}

// countCells adds n for each counted field of a record that is not void, by the cells of
// its row.
func (w *work) countCells(cells []Cell, home change.UnitID, n int64) {
	for i, at := range w.countedAt {
		w.addCount(i, home, cells[fixedColumns+at], n)
	}
}

func (w *work) addCount(column int, unit change.UnitID, cell Cell, n int64) {
	if w.counted[column].Storage != Set {
		w.counts[counted{column, unit, cell}] += n
		return
	}
	items := itemsOf(cell)
	if len(items) == 0 {
		w.counts[counted{column, unit, Cell{}}] += n
	}
	for _, item := range items {
		w.counts[counted{column, unit, TextCell(item)}] += n
	}
}

// writeCounts brings the counts up to the records.
func (a *application) writeCounts(w *work) error {
	var counts []Count
	for k, n := range w.counts {
		if n != 0 {
			counts = append(counts, Count{Field: w.counted[k.column].Field, Unit: k.unit, Value: k.value, N: n})
		}
	}
	if len(counts) == 0 {
		return nil
	}
	return a.tx.AddCounts(w.kind, counts)
}
