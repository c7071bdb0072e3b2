package index

import (
	"cmp"
	"slices"
)

// Line says that an id is found under a key of an index, or no more.
type Line struct {
	Key, ID []byte
	Gone    bool
	at      int // among lines with the same key and id the greatest counts
}

func (l Line) entry() entry { return entry{key: l.Key, id: l.ID} }

func (l Line) compare(o Line) int { return l.entry().compare(o.entry()) }

// settle puts lines in the order of an index. Of several with one key and id
// the last one counts.
func settle(lines []Line) []Line {
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i].at = i
	}
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Or(a.compare(b), a.at-b.at) })
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
