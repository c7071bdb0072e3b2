package view

import (
	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// Content is what the changes of a record come to; its row is made from it.
type Content interface {
	Kind() string
	ID() change.RecordID
	// Value is the winning value of a field, Null without one.
	Value(field string) change.Value
	Void() bool
	Conflicts() []merge.Conflict
	// Opening is the stream which set the first of the fields that have a
	// value; false when none has.
	Opening() (change.Stream, bool)
}

// Read is the content of a record as the tables have it.
type Read interface {
	Content
	// Values are the winning values that are not Null.
	Values() map[string]change.Value
}

var (
	_ Read = (*merge.Record)(nil)
	_ Read = First{}
)

// First is the content of a record that one change alone has made: nothing is
// to be merged. The change must not say whether the record is valid (see
// Alone).
type First struct {
	in change.Stream
	c  *change.Change
}

// Alone returns the content that the change makes by itself; false for one
// that builds on others or voids, which merging has to judge. The change must
// be one that change.Decode returned.
func Alone(in change.Stream, c *change.Change) (First, bool) {
	return First{in: in, c: c}, len(c.Context) == 0 && !c.Fields.Has(merge.VoidField)
}

// Kind implements Content.
func (f First) Kind() string { return f.c.Kind }

// ID implements Content.
func (f First) ID() change.RecordID { return f.c.Record }

// Value implements Content.
func (f First) Value(field string) change.Value { return f.c.Fields.Get(field) }

// Values implements Read.
func (f First) Values() map[string]change.Value {
	values := make(map[string]change.Value, len(f.c.Fields))
	for _, set := range f.c.Fields {
		if !set.Value.IsNull() {
			values[set.Name] = set.Value
		}
	}
	return values
}

// Void implements Content.
func (First) Void() bool { return false }

// Conflicts implements Content.
func (First) Conflicts() []merge.Conflict { return nil }

// Opening implements Content.
func (f First) Opening() (change.Stream, bool) {
	for _, set := range f.c.Fields {
		if !set.Value.IsNull() {
			return f.in, true
		}
	}
	return change.Stream{}, false
}

// mergedOf is what was read as a merged record.
func mergedOf(r Read) *merge.Record {
	var first First
	switch r := r.(type) {
	case *merge.Record:
		return r
	case rowRead:
		first = r.first()
	case First:
		first = r
	}
	merged := merge.New(first.Kind(), first.ID())
	merged.Apply(first.in, first.c)
	return merged
}
