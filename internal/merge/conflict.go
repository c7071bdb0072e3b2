package merge

import (
	"cmp"
	"slices"

	"tongbu/internal/change"
)

// VoidField is the field whose value Text("0") voids a record.
const VoidField = "valid"

var voided = change.Text("0")

// Conflict is a field for which changes that did not know of each other gave
// different values. A change that covers winner and losers settles it.
type Conflict struct {
	Field  string
	Winner Write
	Losers []Write // in the order they would win; on VoidField also edits of other fields that a void did not know
}

// Conflicts lists the conflicts by field. Equal values are no conflict.
func (r *Record) Conflicts() []Conflict {
	var list []Conflict
	for i := range r.fields {
		if c, ok := r.conflict(&r.fields[i]); ok {
			list = append(list, c)
		}
	}
	return list
}

// Void reports whether the record is void: every live write of VoidField says
// so, and no edit was made in parallel to the void.
func (r *Record) Void() bool {
	f := r.find(VoidField)
	if f == nil {
		return false
	}
	for _, w := range f.writes {
		if w.value != voided {
			return false
		}
	}
	objects := false
	r.objections(f, func(string, write) bool {
		objects = true
		return false
	})
	return !objects
}

func (r *Record) conflict(f *field) (Conflict, bool) {
	winner := f.writes[0]
	var losers []Write
	for _, w := range f.writes[1:] {
		if w.value != winner.value {
			losers = append(losers, w.export(f.name))
		}
	}
	if f.name == VoidField && winner.value == voided {
		r.objections(f, func(name string, w write) bool {
			losers = append(losers, w.export(name))
			return true
		})
	}
	if losers == nil {
		return Conflict{}, false
	}
	return Conflict{Field: f.name, Winner: winner.export(f.name), Losers: losers}, true
}

// objections calls fn for the live writes of other fields that are parallel to
// every live void, until it returns false: nobody who voided the record knew of
// them, and whoever made them knew of no void.
func (r *Record) objections(valid *field, fn func(name string, w write) bool) {
	live := voidsOf(valid)
	for i := range r.fields {
		f := &r.fields[i]
		if f == valid {
			continue
		}
		for _, w := range f.writes {
			if live.allParallel(w.from) && !fn(f.name, w) {
				return
			}
		}
	}
}

// voids are the live voids of a record, for the question whether a change is
// parallel to all of them. Each is not asked for itself: a device may write as many
// as it likes.
type voids struct {
	from    []*origin    // in the order of their writes
	context *clock       // what any of them knew
	first   []change.Dot // the lowest of each stream
}

func voidsOf(valid *field) voids {
	v := voids{context: &noClock}
	for _, w := range valid.writes {
		if w.value == voided {
			v.from, v.context, v.first = append(v.from, w.from), join(v.context, w.from.context), append(v.first, w.from.dot)
		}
	}
	slices.SortFunc(v.first, func(a, b change.Dot) int {
		return cmp.Or(a.Stream.Compare(b.Stream), cmp.Compare(a.Count, b.Count))
	})
	v.first = slices.CompactFunc(v.first, func(a, b change.Dot) bool { return a.Stream == b.Stream })
	return v
}

// allParallel reports whether the change is parallel to every void.
func (v *voids) allParallel(from *origin) bool {
	if v.context.covers(from.dot) || from.context.reaches(v.first) {
		return false
	}
	_, itself := slices.BinarySearchFunc(v.from, from, func(a, b *origin) int { return -a.compare(b) })
	return !itself
}
