package merge

import (
	"bytes"
	"slices"
	"sync"

	"tongbu/internal/change"
)

const stateVersion = 1

// The encoded state is a list of the version, the kind, the id, three tables (streams;
// clocks as lists of stream, count, stream, count, ..., streams ascending; origins, each
// of stream, context, actor, time), the clock of what was seen, and the fields: name,
// clock of what is covered, writes of origin and value. What a record repeats stands once
// in a table, sorted and without repeats, and is referred to by its index there: most
// fields of a record were written by one change and share its origin and clocks. An
// origin's count follows from its context.

// Encode returns the canonical bytes of the state: equal states, equal bytes.
func (r *Record) Encode() []byte {
	t := takeTables()
	defer t.give()
	return bytes.Clone(t.encode(r))
}

// encode returns bytes that are good until the tables are given back.
func (t *tables) encode(r *Record) []byte {
	t.read(r)
	out := t.out[:0]
	out.list(8)
	out.uint(stateVersion)
	out.text(r.kind)
	out.text(string(r.id))
	t.appendStreams(&out)
	t.appendClocks(&out)
	t.appendOrigins(&out)
	out.uint(t.clockAt[r.seen])
	out.list(len(r.fields))
	for i := range r.fields {
		t.appendField(&out, &r.fields[i])
	}
	t.out = out
	return out
}

func (t *tables) appendStreams(out *appender) {
	out.list(len(t.streams))
	for _, s := range t.streams {
		out.list(3)
		out.text(string(s.Device))
		out.uint(uint64(s.Incarnation))
		out.text(string(s.Audience))
	}
}

func (t *tables) appendClocks(out *appender) {
	out.list(len(t.clocks))
	for _, c := range t.clocks {
		out.list(2 * len(c.dots))
		for _, d := range c.dots {
			out.uint(t.stream(d.Stream))
			out.uint(d.Count)
		}
	}
}

func (t *tables) appendOrigins(out *appender) {
	out.list(len(t.origins))
	for _, o := range t.origins {
		out.list(4)
		out.uint(t.stream(o.dot.Stream))
		out.uint(t.clockAt[o.context])
		out.text(o.actor)
		out.int(o.at)
	}
}

func (t *tables) appendField(out *appender, f *field) {
	out.list(3)
	out.text(f.name)
	out.uint(t.clockAt[f.covered])
	out.list(len(f.writes))
	for _, w := range f.writes {
		out.list(2)
		out.uint(t.originAt[w.from])
		*out = append(*out, w.value...)
	}
}

// tables holds what the state refers to by index. Two pointers to equal content
// have the same index.
type tables struct {
	streams  []change.Stream
	clocks   []*clock
	origins  []*origin
	clockAt  map[*clock]uint64
	originAt map[*origin]uint64
	out      appender
}

// spareTables are used again: each record that is read is encoded to be compared.
var spareTables = sync.Pool{New: func() any { return &tables{clockAt: map[*clock]uint64{}, originAt: map[*origin]uint64{}} }}

func takeTables() *tables { return spareTables.Get().(*tables) }

// give gives the tables back, without what they were made of.
func (t *tables) give() {
	clear(t.streams)
	clear(t.clocks)
	clear(t.origins)
	clear(t.clockAt)
	clear(t.originAt)
	t.streams, t.clocks, t.origins = t.streams[:0], t.clocks[:0], t.origins[:0]
	spareTables.Put(t)
}

// read fills empty tables.
func (t *tables) read(r *Record) {
	t.addClock(r.seen)
	for i := range r.fields {
		t.addClock(r.fields[i].covered)
		for _, w := range r.fields[i].writes {
			t.addOrigin(w.from)
		}
	}
	slices.SortFunc(t.streams, change.Stream.Compare)
	t.streams = slices.Compact(t.streams)
	t.clocks = indexItems(t.clocks, t.clockAt, (*clock).compare)
	t.origins = indexItems(t.origins, t.originAt, (*origin).compare)
}

func (t *tables) addClock(c *clock) {
	if _, known := t.clockAt[c]; known {
		return
	}
	t.clockAt[c] = 0
	t.clocks = append(t.clocks, c)
	for _, d := range c.dots {
		t.streams = append(t.streams, d.Stream)
	}
}

func (t *tables) addOrigin(o *origin) {
	if _, known := t.originAt[o]; known {
		return
	}
	t.originAt[o] = 0
	t.origins = append(t.origins, o)
	t.streams = append(t.streams, o.dot.Stream)
	t.addClock(o.context)
}

// indexItems sorts the items, stores the index of each by content, and returns
// them without repeats.
func indexItems[T any](items []*T, at map[*T]uint64, compare func(a, b *T) int) []*T {
	slices.SortFunc(items, compare)
	kept := items[:0]
	for _, item := range items {
		if len(kept) == 0 || compare(kept[len(kept)-1], item) != 0 {
			kept = append(kept, item)
		}
		at[item] = uint64(len(kept) - 1)
	}
	return kept
}

func (t *tables) stream(s change.Stream) uint64 {
	i, _ := slices.BinarySearchFunc(t.streams, s, change.Stream.Compare)
	return uint64(i)
}
