package duplicates

import (
	"cmp"
	"strings"

	"tongbu/internal/change"
)

// Tie is a case in force: two records are taken to be of one person. One of no case is a
// tie with itself alone.
type Tie struct {
	A, B   change.RecordID
	Chosen change.RecordID // that a decision names; "" for none
}

// Counting says of each record of some ties whether it counts: of those that ties connect,
// over however many others, one does. That is one that a decision has chosen where there is
// one, and of several the one that came first; of two that came together the lower id.
func Counting(ties []Tie, first func(change.RecordID) uint64) map[change.RecordID]bool {
	root, chosen := map[change.RecordID]change.RecordID{}, map[change.RecordID]bool{}
	for _, t := range ties {
		a, b := rootOf(root, t.A), rootOf(root, t.B)
		root[a], chosen[t.Chosen] = b, t.Chosen != ""
	}
	best := map[change.RecordID]change.RecordID{} // by the roots
	for id := range root {
		of := rootOf(root, id)
		was, met := best[of]
		if !met || before(id, was, chosen, first) {
			best[of] = id
		}
	}
	counts := make(map[change.RecordID]bool, len(root))
	for id := range root {
		counts[id] = best[rootOf(root, id)] == id
	}
	return counts
}

func rootOf(root map[change.RecordID]change.RecordID, id change.RecordID) change.RecordID {
	if root[id] == "" {
		root[id] = id
	}
	for root[id] != id {
		root[id] = root[root[id]]
		id = root[id]
	}
	return id
}

// before reports whether a record counts rather than another one.
func before(a, b change.RecordID, chosen map[change.RecordID]bool, first func(change.RecordID) uint64) bool {
	if chosen[a] != chosen[b] {
		return chosen[a]
	}
	return cmp.Or(cmp.Compare(first(a), first(b)), strings.Compare(string(a), string(b))) < 0
}
