package sqlite

import (
	"tongbu/hub/view"
	"tongbu/internal/schema"
)

// Counts by a status are asked for many times a day over hundreds of thousands
// of persons. So the records that are not void are counted as they are
// written: by the unit they belong to and the value, for each field that is
// indexed and has a few values only.

// tallied lists the columns of the kind that are counted. Records of other
// than personal kinds are seen by audience, which no count knows.
func tallied(k *schema.Kind) []view.Column {
	var columns []view.Column
	for _, c := range view.Columns(k) {
		f, ok := k.Field(c.Field)
		if ok && c.Index && k.Personal && (f.Type == schema.Code || f.Type == schema.Boolean) {
			columns = append(columns, c)
		}
	}
	return columns
}

func tallyOf(k *schema.Kind) string { return quote("t_" + k.Name) }

// tallyTable has an empty blob for null, which no key may be.
func tallyTable(k *schema.Kind) string {
	return "CREATE TABLE " + tallyOf(k) + " (field TEXT NOT NULL, unit TEXT NOT NULL, value ANY NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (field, unit, value)) STRICT, WITHOUT ROWID"
}

// counted names a count: of a value of one field in one unit.
type counted struct {
	kind, field, unit string
	value             view.Cell
}

// tally adds n for each counted field of the record. A void one counts for
// nothing.
func (a *application) tally(r view.State, home view.Belonging, n int64) {
	s, ok := a.view.savers[r.Kind()]
	if !ok || len(s.tallied) == 0 || r.Void() {
		return
	}
	for _, c := range s.tallied {
		a.tallies[counted{kind: r.Kind(), field: c.Field, unit: string(home.Unit), value: c.Cell(r)}] += n
	}
}

// writeTallies brings the counts up to the records.
func (a *application) writeTallies() error {
	for k, n := range a.tallies {
		if n == 0 {
			continue
		}
		if err := a.w.exec(a.view.savers[k.kind].count, k.field, k.unit, tallyValue(k.value), n); err != nil {
			return err
		}
	}
	return nil
}

// tallyValue is the value as a key, in which null is an empty blob.
func tallyValue(c view.Cell) any {
	if t, ok := c.Text(); ok {
		return t
	}
	if n, ok := c.Number(); ok {
		return n
	}
	return []byte{}
}
