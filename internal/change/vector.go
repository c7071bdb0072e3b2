package change

import (
	"maps"
	"slices"
)

// Dot names one change of one record: the stream it was written in and the
// record's Lamport count at that write.
type Dot struct {
	Stream Stream
	Count  uint64
}

// Compare orders dots as the deterministic winner of a conflict does: by
// count, then by stream.
func (d Dot) Compare(o Dot) int {
	if d.Count != o.Count {
		if d.Count < o.Count {
			return -1
		}
		return 1
	}
	return d.Stream.Compare(o.Stream)
}

// Vector is a causal context: for each stream, the highest count seen of a
// record. The nil vector has seen nothing.
type Vector map[Stream]uint64

// Covers reports whether the change named by the dot has been seen.
func (v Vector) Covers(d Dot) bool { return d.Count <= v[d.Stream] }

// Top is the highest count of all, 0 for the empty vector.
func (v Vector) Top() uint64 {
	var top uint64
	for _, n := range v {
		top = max(top, n)
	}
	return top
}

// Add raises the vector to cover the dot.
func (v Vector) Add(d Dot) { v[d.Stream] = max(v[d.Stream], d.Count) }

// Join raises the vector to cover all that o covers.
func (v Vector) Join(o Vector) {
	for s, n := range o {
		v[s] = max(v[s], n)
	}
}

// Clone returns a copy that is never nil.
func (v Vector) Clone() Vector {
	c := make(Vector, len(v)+1)
	maps.Copy(c, v)
	return c
}

// Dots lists the entries in the order of their streams.
func (v Vector) Dots() []Dot {
	dots := make([]Dot, 0, len(v))
	for s, n := range v {
		dots = append(dots, Dot{Stream: s, Count: n})
	}
	slices.SortFunc(dots, func(a, b Dot) int { return a.Stream.Compare(b.Stream) })
	return dots
}
