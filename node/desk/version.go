package desk

import (
	"bytes"
	"encoding/json"
	"maps"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// reading is what the author of an edit says to have read of the record; without a
// version, nothing.
type reading struct {
	record *merge.Record // as it was then
	vector change.Vector // nil when that is all that is here
}

// readVersion finds what an edit was made on. A version that is malformed, of
// another record, or names changes that are not here is Invalid.
func (s *saver) readVersion(tx *journal.Tx, e *entry, t typed, known *merge.Record) (r reading, err error) {
	switch {
	case t.version == "":
		return r, nil
	case t.id == "" && e.number == "":
		return r, fault.New(fault.Invalid, "a version without an id").WithHint("give the id of the record that was read")
	}
	read, err := change.ParseVersion(t.version, s.kind.Name, e.name)
	if err != nil || known == nil { // what is not here is said to be so
		return r, err
	}
	here := known.Context()
	if maps.Equal(read, here) {
		return reading{record: known}, nil
	}
	for in, n := range read {
		if n > here[in] {
			return r, fault.New(fault.Invalid, "the version names changes of the record that are not here").
				WithHint("get the record again: this directory may be an older copy, or its last sync is not over")
		}
	}
	r.vector = read
	r.record, err = s.at.Records.AsOf(tx, s.kind.Name, e.name, read)
	return r, err
}

// leaveAgain leaves out what a change that the version does not cover has said of a
// field already: it is the same edit put again, and whoever has written the field since
// has read it. What the city refused was said to no effect.
func (s *saver) leaveAgain(tx *journal.Tx, e *entry, drawn *draft) error {
	if drawn.read.vector == nil || len(drawn.values) == 0 {
		return nil
	}
	past, err := s.at.Records.History(tx, s.kind.Name, e.name)
	if err != nil {
		return err
	}
	drawn.again = map[string]change.Value{}
	for _, p := range past {
		if p.Refused || drawn.read.vector.Covers(p.Change.Dot(p.Stream)) {
			continue
		}
		for _, set := range p.Change.Fields {
			if given, has := drawn.values[set.Name]; has && given == set.Value {
				drawn.again[set.Name] = given
			}
		}
	}
	maps.DeleteFunc(drawn.values, func(name string, _ change.Value) bool { _, said := drawn.again[name]; return said })
	return nil
}

// leftOf leaves out what an object says as it was shown: all of that, where its
// version is given, else what this program would not read: fields that it does not
// know, and references to records that have their ids from before.
func (s *saver) leftOf(object map[string]any, drawn *draft) map[string]any {
	base := drawn.read.record
	if base == nil {
		base = drawn.known
	}
	if base == nil {
		return object
	}
	var shown map[string]any
	maps.DeleteFunc(object, func(name string, given any) bool {
		f, known := s.kind.Field(name)
		if known {
			name = f.Name
		}
		if drawn.read.record == nil && known && (f.Type != schema.Ref || isFormed(given)) {
			return false
		}
		if shown == nil {
			shown = s.showFields(s.kind, schema.Standing(base.Values(), base.Void()))
		}
		was, has := shown[name]
		return has && sameJSON(was, given)
	})
	return object
}

func isFormed(given any) bool {
	text, _ := given.(string)
	return change.RecordID(text).Formed()
}

func sameJSON(a, b any) bool {
	left, err := json.Marshal(a)
	if err != nil {
		return false
	}
	right, err := json.Marshal(b)
	return err == nil && bytes.Equal(left, right)
}
