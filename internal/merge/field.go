package merge

import (
	"cmp"
	"slices"

	"tongbu/internal/change"
)

// Write is one value that a change gave a field.
type Write struct {
	Field   string
	Dot     change.Dot    // the change
	Context change.Vector // what its author knew of the record
	Value   change.Value
	Actor   string
	At      int64 // the author's clock, Unix milliseconds; shown, never used to decide
}

// origin is what all writes of one change share. It never changes.
type origin struct {
	dot     change.Dot
	context *clock
	actor   string
	at      int64
}

func newOrigin(in change.Stream, c *change.Change) *origin {
	return &origin{dot: c.Dot(in), context: newClock(c.Context), actor: c.Actor, at: c.At}
}

func (o *origin) compare(p *origin) int {
	if o == p {
		return 0
	}
	return cmp.Or(o.dot.Compare(p.dot), o.context.compare(p.context), cmp.Compare(o.actor, p.actor), cmp.Compare(o.at, p.at))
}

// parallel reports whether neither change was made in knowledge of the other.
// A change is not parallel to itself.
func (o *origin) parallel(p *origin) bool {
	return !o.context.covers(p.dot) && !p.context.covers(o.dot) && o.compare(p) != 0
}

type write struct {
	from  *origin
	value change.Value
}

// compare puts the winner first: highest count, then stream, then value. The
// rest decides between different changes under one dot, which only a clone or
// a dishonest device makes.
func (w write) compare(o write) int {
	return -cmp.Or(w.from.dot.Compare(o.from.dot), cmp.Compare(w.value, o.value), w.from.compare(o.from))
}

func (w write) export(field string) Write {
	return Write{Field: field, Dot: w.from.dot, Context: w.from.context.vector(), Value: w.value, Actor: w.from.actor, At: w.from.at}
}

// field is a multi-value register. It always has a live write: the one with the
// highest count is in no context, because a count exceeds all in its context.
type field struct {
	name    string
	covered *clock  // the contexts of all writes of the field, those replaced too
	writes  []write // not covered, the winner first
}

// add takes a write in and reports whether the field is another now.
func (f *field) add(w write) bool {
	changed := f.cover(w.from.context)
	if f.covered.covers(w.from.dot) {
		return changed
	}
	i, known := slices.BinarySearchFunc(f.writes, w, write.compare)
	if known {
		return changed
	}
	f.writes = slices.Insert(f.writes, i, w)
	return true
}

// cover drops the writes that the context knows, now and when they come late.
func (f *field) cover(context *clock) bool {
	covered := join(f.covered, context)
	if covered == f.covered {
		return false
	}
	f.covered = covered
	f.writes = slices.DeleteFunc(f.writes, func(w write) bool { return context.covers(w.from.dot) }) // by what was covered before none is
	return true
}
