package view

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
)

// Spot says where one change of a record stands in the journal.
type Spot struct {
	Stream change.Stream
	Seq    uint64
}

// ShortSpot is a spot as tables hold it: the stream by the number that they
// have given it (Tx.Number).
type ShortSpot struct{ Stream, Seq int64 }

func (p ShortSpot) compare(o ShortSpot) int {
	return cmp.Or(cmp.Compare(p.Stream, o.Stream), cmp.Compare(p.Seq, o.Seq))
}

// numbersOf lists the streams of spots, each once.
func numbersOf(spots []ShortSpot) []int64 {
	numbers := make([]int64, 0, len(spots))
	for _, p := range spots {
		numbers = append(numbers, p.Stream)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// compareSpots is the order in which Places lists them: by the text of the
// stream, then by sequence.
func compareSpots(a, b Spot) int {
	if a.Stream == b.Stream {
		return cmp.Compare(a.Seq, b.Seq)
	}
	return strings.Compare(a.Stream.String(), b.Stream.String())
}
