package question

import (
	"slices"
	"time"

	"tongbu/internal/change"
)

// Answer is a page of rows with its coverage.
type Answer struct {
	// Columns are in order. Those of an answer that came as JSON are the ones
	// some row has a value or a null in.
	Columns       []Column
	Rows          []Row
	Records       []change.RecordID // those that are shown, or told of by a small count, for the audit log; stays with who answers
	AskedBy       []string          // personal fields it was asked by, for the audit log; stays too
	NextPageToken string            // empty: the last page
	Total         *int64            // rows of all pages; nil: not asked for, or not known
	Moved         bool              // records have changed since the first page
	Kept          bool              // the line is down: it is the last answer to the question, of Coverage.AsOf
	Coverage      Coverage

	// AsReceived is the form in which the answer came over a line, members that
	// this build does not know included; nil for one made here. Whoever passes the
	// answer on passes that, so whoever changes the answer clears it.
	AsReceived []byte
}

// Row is one record, or one count: a value for each column of the answer, of
// the column's type, or Null, or Absent.
type Row []change.Value

// Absent stands in a row where there is no value and nobody asked for the
// column by name; Null stands where somebody did.
const Absent = change.Value("")

// Column is a named column of values of one type.
type Column struct {
	Name string
	Type Type
}

// Type is what the values of a column are.
type Type uint8

// The types. Unknown is that of a column which came as JSON and holds nulls
// alone.
const (
	Unknown Type = iota
	Text
	Integer
	Boolean
	Set // of texts
)

// Get returns the value in a row of the answer under a column's name; Null
// when the value is absent or there is no such column.
func (a *Answer) Get(row Row, column string) change.Value {
	i := slices.IndexFunc(a.Columns, func(c Column) bool { return c.Name == column })
	if i < 0 || i >= len(row) || row[i].IsNull() {
		return change.Null
	}
	return row[i]
}

// Coverage says how complete an answer is: it holds everything that was
// entered up to AsOf, but what the silent units have entered since they were
// last heard, and what is pending or absent.
type Coverage struct {
	AsOf    time.Time
	Units   int      // communities counted
	Silent  []Silent // those of them not connected
	Pending uint64   // changes known to be on the way
	Absent  int      // communities that have never joined

	Conflicts *int64 // records of the kind with conflicts, in the scope; nil: not known
	Today     string // the day that ages are of; empty: not known
}

// Silent is a community that is not heard.
type Silent struct {
	Unit  string    // division code
	Since time.Time // when it was last heard, or lost if it never was
}
