package merge

import (
	"cmp"
	"slices"

	"tongbu/internal/change"
)

// clock is a causal context as a list by stream, one entry a stream, no entry
// zero. A clock never changes once made, so many writes share one, and an
// equal pointer is a quick sign of an equal clock.
type clock struct{ dots []change.Dot }

// noClock has seen nothing.
var noClock clock

func newClock(v change.Vector) *clock {
	dots := v.Dots()
	return &clock{dots: slices.DeleteFunc(dots, func(d change.Dot) bool { return d.Count == 0 })}
}

func (c *clock) vector() change.Vector {
	v := make(change.Vector, len(c.dots)+1)
	for _, d := range c.dots {
		v[d.Stream] = d.Count
	}
	return v
}

func (c *clock) search(s change.Stream) (int, bool) {
	return slices.BinarySearchFunc(c.dots, s, func(d change.Dot, s change.Stream) int { return d.Stream.Compare(s) })
}

func (c *clock) covers(d change.Dot) bool {
	i, ok := c.search(d.Stream)
	return ok && d.Count <= c.dots[i].Count
}

func (c *clock) top() uint64 {
	var top uint64
	for _, d := range c.dots {
		top = max(top, d.Count)
	}
	return top
}

// reaches reports whether the clock covers one of the dots, which are in the order
// of their streams.
func (c *clock) reaches(dots []change.Dot) bool {
	known := c.dots
	for len(known) > 0 && len(dots) > 0 {
		switch order := known[0].Stream.Compare(dots[0].Stream); {
		case order == 0 && dots[0].Count <= known[0].Count:
			return true
		case order <= 0:
			known = known[1:]
		default:
			dots = dots[1:]
		}
	}
	return false
}

// with returns a clock that covers the dot too.
func (c *clock) with(d change.Dot) *clock {
	i, ok := c.search(d.Stream)
	switch {
	case !ok:
		return &clock{dots: slices.Insert(slices.Clone(c.dots), i, d)}
	case c.dots[i].Count >= d.Count:
		return c
	}
	dots := slices.Clone(c.dots)
	dots[i] = d
	return &clock{dots: dots}
}

// within reports whether o covers all that c covers.
func (c *clock) within(o *clock) bool {
	if c == o {
		return true
	}
	i := 0
	for _, d := range c.dots {
		for i < len(o.dots) && o.dots[i].Stream.Compare(d.Stream) < 0 {
			i++
		}
		if i == len(o.dots) || o.dots[i].Stream != d.Stream || o.dots[i].Count < d.Count {
			return false
		}
	}
	return true
}

// join returns what a and b cover together: a itself when b adds nothing, b
// itself when a adds nothing.
func join(a, b *clock) *clock {
	switch {
	case b.within(a):
		return a
	case a.within(b):
		return b
	}
	dots := make([]change.Dot, 0, len(a.dots)+len(b.dots))
	left, right := a.dots, b.dots
	for len(left) > 0 && len(right) > 0 {
		switch order := left[0].Stream.Compare(right[0].Stream); {
		case order < 0:
			dots, left = append(dots, left[0]), left[1:]
		case order > 0:
			dots, right = append(dots, right[0]), right[1:]
		default:
			dots = append(dots, change.Dot{Stream: left[0].Stream, Count: max(left[0].Count, right[0].Count)})
			left, right = left[1:], right[1:]
		}
	}
	return &clock{dots: append(append(dots, left...), right...)}
}

// compare is a total order without further meaning: it makes bytes canonical.
func (c *clock) compare(o *clock) int {
	if c == o {
		return 0
	}
	return slices.CompareFunc(c.dots, o.dots, func(a, b change.Dot) int {
		return cmp.Or(a.Stream.Compare(b.Stream), cmp.Compare(a.Count, b.Count))
	})
}
