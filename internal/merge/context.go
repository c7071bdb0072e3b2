package merge

import (
	"cmp"
	"maps"
	"slices"

	"tongbu/internal/change"
)

// maxCount is the highest count that a change's context may hold.
const maxCount = 1 << 48

// Context returns all the record has seen: the context of the next change.
// It is a copy. Names that nobody writes under (change.Stream.Aside) are left out:
// they have raised the count of one change, and that is in it. When that is more than a change may carry, which takes a
// dishonest device, it returns a part that a change may carry, so that the
// record can be edited still: what is left out shows as one conflict more.
func (r *Record) Context() change.Vector {
	if len(r.seen.dots) <= change.MaxContext && r.seen.top() <= maxCount {
		seen := r.seen.vector()
		maps.DeleteFunc(seen, func(s change.Stream, _ uint64) bool { return s.IsAside() })
		return seen
	}
	dots := slices.DeleteFunc(slices.Clone(r.seen.dots), func(d change.Dot) bool { return d.Count > maxCount || d.Stream.IsAside() })
	r.sortByUse(dots)
	return (&clock{dots: dots[:min(len(dots), change.MaxContext)]}).vector()
}

// sortByUse puts first the highest count, without which the next change could
// get the name of an earlier one; then the streams of live writes, which the
// next change is to cover; then higher counts before lower.
func (r *Record) sortByUse(dots []change.Dot) {
	live := make(map[change.Stream]bool)
	for _, f := range r.fields {
		for _, w := range f.writes {
			live[w.from.dot.Stream] = true
		}
	}
	byCount := func(a, b change.Dot) int { return b.Compare(a) }
	slices.SortFunc(dots, byCount)
	if len(dots) == 0 {
		return
	}
	slices.SortStableFunc(dots[1:], func(a, b change.Dot) int {
		return cmp.Compare(asInt(live[b.Stream]), asInt(live[a.Stream]))
	})
}

func asInt(first bool) int {
	if first {
		return 1
	}
	return 0
}
