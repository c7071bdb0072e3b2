package duplicates

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
)

// Tie is a case in force: two records are taken to be of one person. One of no case is a
// tie with itself alone.
type Tie struct {
	A, B    change.RecordID
	Chosen  change.RecordID // that a decision names; "" for none
	Decided bool            // the two are of one person; else nobody has decided yet
}

// Apart is two records that were decided to be of two persons.
type Apart struct{ A, B change.RecordID }

// Counting says of each record of some ties whether it counts: of those that ties connect,
// over however many others, one does. That is one that a decision has chosen where there is
// one, and of several the one that came first; of two that came together the lower id. A tie
// of which nobody has decided connects nobody who was decided to be apart: of three records
// of which two are, two count, whichever of them the third is of.
func Counting(ties []Tie, apart []Apart, first func(change.RecordID) uint64) map[change.RecordID]bool {
	g, chosen := groupsOf(ties, apart), map[change.RecordID]bool{}
	for _, t := range ties {
		chosen[t.Chosen] = t.Chosen != ""
	}
	best := map[change.RecordID]change.RecordID{} // by the roots
	for id := range g.root {
		of := g.of(id)
		was, met := best[of]
		if !met || before(id, was, chosen, first) {
			best[of] = id
		}
	}
	counts := make(map[change.RecordID]bool, len(g.root))
	for id := range g.root {
		counts[id] = best[g.of(id)] == id
	}
	return counts
}

// Contradicts finds what stands against deciding that two records are of one person, or that
// they are of two: a decision that two of those which it would connect are apart, or decisions
// by which the two are connected, where it returns the two themselves. The ties and the pairs
// apart are those of the other cases.
func Contradicts(ties []Tie, apart []Apart, a, b change.RecordID, same bool) (with Apart, is bool) {
	g := groupsOf(slices.DeleteFunc(slices.Clone(ties), func(t Tie) bool { return !t.Decided }), apart)
	switch {
	case !same:
		return Apart{a, b}, g.of(a) == g.of(b)
	default:
		return g.between(a, b)
	}
}

// groups are records that ties connect.
type groups struct {
	root  map[change.RecordID]change.RecordID
	apart map[change.RecordID][]Apart // by the roots: the pairs of which one is in the group
}

func groupsOf(ties []Tie, apart []Apart) *groups {
	g := &groups{root: map[change.RecordID]change.RecordID{}, apart: map[change.RecordID][]Apart{}}
	for _, p := range apart {
		g.apart[p.A], g.apart[p.B] = append(g.apart[p.A], p), append(g.apart[p.B], p)
	}
	for _, t := range ties {
		g.root[t.A], g.root[t.B] = t.A, t.B
	}
	for _, t := range inOrder(ties) {
		a, b := g.of(t.A), g.of(t.B)
		if _, parted := g.between(t.A, t.B); a == b || parted && !t.Decided {
			continue
		}
		g.root[a] = b
		g.apart[b] = append(g.apart[b], g.apart[a]...)
		delete(g.apart, a)
	}
	return g
}

// inOrder has the decided ties first, and all in one order, whatever order they come in.
func inOrder(ties []Tie) []Tie {
	return slices.SortedFunc(slices.Values(ties), func(s, t Tie) int {
		if s.Decided != t.Decided {
			return map[bool]int{true: -1, false: 1}[s.Decided]
		}
		return cmp.Or(cmp.Compare(min(s.A, s.B), min(t.A, t.B)), cmp.Compare(max(s.A, s.B), max(t.A, t.B)))
	})
}

// of is the root of a record's group; one that no tie names is its own.
func (g *groups) of(id change.RecordID) change.RecordID {
	if g.root[id] == "" {
		return id
	}
	for g.root[id] != id {
		g.root[id] = g.root[g.root[id]]
		id = g.root[id]
	}
	return id
}

// between is a pair apart of which one is in the group of each of two records.
func (g *groups) between(a, b change.RecordID) (Apart, bool) {
	one, other := g.of(a), g.of(b)
	for _, p := range g.apart[one] {
		if x, y := g.of(p.A), g.of(p.B); x == one && y == other || x == other && y == one {
			return p, true
		}
	}
	return Apart{}, false
}

// before reports whether a record counts rather than another one.
func before(a, b change.RecordID, chosen map[change.RecordID]bool, first func(change.RecordID) uint64) bool {
	if chosen[a] != chosen[b] {
		return chosen[a]
	}
	return cmp.Or(cmp.Compare(first(a), first(b)), strings.Compare(string(a), string(b))) < 0
}
