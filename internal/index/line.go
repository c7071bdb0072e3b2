package index

import (
	"bytes"
	"cmp"
	"slices"
)

// Line says that an id is found under a key of an index, or no more.
type Line struct {
	Key, ID []byte
	Gone    bool
}

func (l Line) entry() entry { return entry{key: l.Key, id: l.ID} }

func (l Line) compare(o Line) int {
	return cmp.Or(bytes.Compare(l.Key, o.Key), bytes.Compare(l.ID, o.ID))
}

// settle puts lines in the order of an index. Of several with one key and id
// the last one counts.
func settle(lines []Line) []Line {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, Line.compare)
	kept := lines[:0]
	for i, l := range lines {
		if i+1 == len(lines) || l.compare(lines[i+1]) != 0 {
			kept = append(kept, l)
		}
	}
	return kept
}

// from returns the lines from an entry on.
func from(lines []Line, e entry) []Line {
	at, _ := slices.BinarySearchFunc(lines, Line{Key: e.key, ID: e.id}, Line.compare)
	return lines[at:]
}
