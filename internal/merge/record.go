// Package merge makes one state of the changes of a record that many devices
// wrote without knowing of each other. The state is a function of the set of
// changes alone: order of arrival, repeats and grouping leave no trace, so two
// tiers that have the same changes have the same bytes. DESIGN.md has the
// rules and their reasons. The package is pure: no clock, no socket, no file.
package merge

import (
	"slices"
	"strings"

	"tongbu/internal/change"
)

// Record is the merged state of one record: for each field the writes that no
// other write of the field was made in knowledge of. It is not safe for
// concurrent use.
type Record struct {
	kind   string
	id     change.RecordID
	seen   *clock  // dots and contexts of all changes applied
	fields []field // by name
	holder change.UnitID
}

// New returns the state of no changes.
func New(kind string, id change.RecordID) *Record {
	return &Record{kind: kind, id: id, seen: &noClock}
}

// Kind is the record's kind.
func (r *Record) Kind() string { return r.kind }

// ID is the record's id.
func (r *Record) ID() change.RecordID { return r.id }

// Holder is the unit that the record was given to, "" for one that its maker holds. It is no
// part of the state: whoever reads a record from where it is kept says it.
func (r *Record) Holder() change.UnitID { return r.holder }

// SetHolder says which unit the record was given to.
func (r *Record) SetHolder(unit change.UnitID) { r.holder = unit }

// Apply adds a change, valid as change.Decode returns it, that stands in the
// stream. It reports whether the state is another now. A change of another
// record, or with values or counts no change may hold, does nothing.
func (r *Record) Apply(in change.Stream, c *change.Change) (changed bool) {
	if c.Kind != r.kind || c.Record != r.id || !usable(c) {
		return false
	}
	from := newOrigin(in, c)
	changed = r.addSeen(from.context.with(from.dot))
	if len(r.fields) == 0 {
		r.fields = firstFields(from, c.Fields)
		return true
	}
	for _, set := range c.Fields {
		f := r.fieldFor(set.Name)
		if f.add(write{from: from, value: set.Value}) {
			changed = true
		}
	}
	return changed
}

// firstFields are the fields of a record that its first change makes: in most
// records, all there will ever be.
func firstFields(from *origin, values change.Fields) []field {
	fields, writes := make([]field, len(values)), make([]write, len(values))
	covered := join(&noClock, from.context)
	for i, set := range values {
		writes[i] = write{from: from, value: set.Value}
		fields[i] = field{name: set.Name, covered: covered, writes: writes[i : i+1 : i+1]}
	}
	slices.SortFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return fields
}

// usable refuses what would break a state: a count that overflows, a value
// that cannot be encoded.
func usable(c *change.Change) bool {
	for _, set := range c.Fields {
		if !canonical(set.Value) {
			return false
		}
	}
	return c.Context.Top() <= maxCount
}

// Merge adds all changes the other state was made of. A state of another
// record does nothing.
func (r *Record) Merge(o *Record) {
	if o.kind != r.kind || o.id != r.id {
		return
	}
	r.addSeen(o.seen)
	for i := range o.fields {
		theirs := &o.fields[i]
		ours := r.fieldFor(theirs.name)
		ours.cover(theirs.covered)
		for _, w := range theirs.writes {
			ours.add(w)
		}
	}
}

// Value returns the field's winner, Null when the field was never written.
func (r *Record) Value(field string) change.Value {
	if f := r.find(field); f != nil {
		return f.writes[0].value
	}
	return change.Null
}

// Values returns the winners that are not null.
func (r *Record) Values() map[string]change.Value {
	values := make(map[string]change.Value, len(r.fields))
	for i := range r.fields {
		f := &r.fields[i]
		if value := f.writes[0].value; !value.IsNull() {
			values[f.name] = value
		}
	}
	return values
}

// Writes lists the live writes of all fields, by field, the winner of each first.
func (r *Record) Writes() (all []Write) {
	for i := range r.fields {
		for _, w := range r.fields[i].writes {
			all = append(all, w.export(r.fields[i].name))
		}
	}
	return all
}

// Opening is the stream whose write won the first field, by name, that has a
// value; false when none has.
func (r *Record) Opening() (change.Stream, bool) {
	for i := range r.fields {
		if w := r.fields[i].writes[0]; !w.value.IsNull() {
			return w.from.dot.Stream, true
		}
	}
	return change.Stream{}, false
}

// addSeen adds to what the record has seen and reports whether that was new.
func (r *Record) addSeen(news *clock) bool {
	joined := join(r.seen, news)
	changed := joined != r.seen
	r.seen = joined
	return changed
}

func (r *Record) search(name string) (int, bool) {
	return slices.BinarySearchFunc(r.fields, name, func(f field, name string) int { return strings.Compare(f.name, name) })
}

// find returns the field, nil when it was never written.
func (r *Record) find(name string) *field {
	if i, ok := r.search(name); ok {
		return &r.fields[i]
	}
	return nil
}

// fieldFor returns the field and makes it when it is new. The caller adds a
// write to it before anybody else looks.
func (r *Record) fieldFor(name string) *field {
	i, ok := r.search(name)
	if !ok {
		r.fields = slices.Insert(r.fields, i, field{name: name, covered: &noClock})
	}
	return &r.fields[i]
}
