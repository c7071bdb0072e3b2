package view

import (
	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// row is the row of a record that one change makes, as the tables have it.
type row struct {
	*layout
	id    change.RecordID
	cells []Cell
}

// change is the change of the row.
func (r *row) change() *change.Change {
	c := &change.Change{Kind: r.kind.Name, Record: r.id, Actor: r.cells[atActor].text, At: r.cells[atAt].number}
	for _, p := range r.plain {
		if cell := r.cells[fixedColumns+p.at]; cell.held != nothing {
			c.Fields = append(c.Fields, change.Field{Name: p.name, Value: r.columns[p.at].Storage.Value(cell)})
		}
	}
	return c
}

// rowRead is the content of such a record: a field is taken from its cell when somebody
// asks, since who reads all records of a unit asks for few.
type rowRead struct {
	*row
	in change.Stream
}

var _ Read = rowRead{}

// Kind implements Content.
func (r rowRead) Kind() string { return r.kind.Name }

// ID implements Content.
func (r rowRead) ID() change.RecordID { return r.id }

// Value implements Content.
func (r rowRead) Value(field string) change.Value {
	at, plain := r.at[field]
	if !plain {
		return change.Null
	}
	cell := r.cells[fixedColumns+at]
	if cell.held == nothing {
		return change.Null
	}
	return r.columns[at].Storage.Value(cell)
}

// Values implements Read.
func (r rowRead) Values() map[string]change.Value { return r.first().Values() }

// Void implements Content.
func (rowRead) Void() bool { return false }

// Conflicts implements Content.
func (rowRead) Conflicts() []merge.Conflict { return nil }

// Opening implements Content.
func (r rowRead) Opening() (change.Stream, bool) {
	for _, p := range r.plain {
		if r.cells[fixedColumns+p.at].held != nothing {
			return r.in, true
		}
	}
	return change.Stream{}, false
}

func (r rowRead) first() First { return First{in: r.in, c: r.change().Named(r.id)} }
