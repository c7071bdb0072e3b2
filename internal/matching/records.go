package matching

import (
	"context"
	"slices"

	"tongbu/internal/change"
)

// Records is where candidates are read: the records of a workstation, or the view of a
// hub. Find returns the records of a kind that pass all the tests, void ones only where
// they are asked for, in the order of their ids, or the latest first; at most Limit, and
// whether there are more. It returns Canceled, Exhausted, and what reading returns.
type Records interface {
	Find(ctx context.Context, q Query) (rows []Row, more bool, err error)
}

// Query is what is read.
type Query struct {
	Kind   string
	Where  []Test
	Fields []string
	Latest string // the date by which the latest come first; "": by id
	Limit  int    // 0: all
	Void   bool   // void ones too
	Known  bool   // of records that are named: wherever the asker may look, not in the area of the question alone
}

// Test is passed by what has one of the values in a field, which may be id; without
// values by what has none.
type Test struct {
	Field string
	In    []change.Value
}

// Row is a record as far as it was asked for. The zero Row has no values.
type Row struct {
	ID     change.RecordID
	Unit   string // division code
	Void   bool
	Fields []string // of the question
	Values []change.Value
}

func (r *Row) value(field string) change.Value {
	if i := slices.Index(r.Fields, field); i >= 0 {
		return r.Values[i]
	}
	return change.Null
}

func (r *Row) text(field string) string  { return r.value(field).Text() }
func (r *Row) number(field string) int64 { return r.value(field).Int() }

func (r *Row) told(field string) told {
	v := r.value(field)
	return told{v.IsBool(), v.Bool()}
}

// names are values for a test of ids or references.
func names(ids []change.RecordID) []change.Value {
	values := make([]change.Value, len(ids))
	for i, id := range ids {
		values[i] = change.Text(string(id))
	}
	return values
}

func texts(items ...string) []change.Value {
	values := make([]change.Value, len(items))
	for i, item := range items {
		values[i] = change.Text(item)
	}
	return values
}
