package custody_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/custody"
	"tongbu/internal/system"
)

func unit(n byte) change.UnitID { return change.NewUnitID([10]byte{n}) }

// word is the number-th word of a record: from one unit to another, which stands on its own
// line.
func word(number uint64, from, to byte, epoch uint64) system.Custody {
	return system.Custody{Kind: "person", Record: "p-1", Number: number, From: unit(from), To: unit(to), At: unit(to), Day: fmt.Sprintf("2026-03-%02d", number), Epoch: epoch}
}

// TestInForce: a word is in force if it goes out from whom the number before gave the
// record to; of two with one number the earlier epoch, then the lower new custodian.
func TestInForce(t *testing.T) {
	low, high := byte(2), byte(3)
	if unit(low) > unit(high) {
		low, high = high, low
	}
	for name, c := range map[string]struct {
		words  []system.Custody
		holder byte
		number uint64
		past   []byte
	}{
		"none":                           {nil, 1, 0, nil},
		"one":                            {[]system.Custody{word(1, 1, 2, 1)}, 2, 1, []byte{1}},
		"from somebody else":             {[]system.Custody{word(1, 3, 2, 1)}, 1, 0, nil},
		"the first is missing":           {[]system.Custody{word(2, 1, 2, 1)}, 1, 0, nil},
		"there and back":                 {[]system.Custody{word(1, 1, 2, 1), word(2, 2, 1, 1)}, 1, 2, []byte{1, 2}},
		"the second goes from the maker": {[]system.Custody{word(1, 1, 2, 1), word(2, 1, 3, 1)}, 2, 1, []byte{1}},
		"the second is missing":          {[]system.Custody{word(1, 1, 2, 1), word(3, 2, 3, 1)}, 2, 1, []byte{1}},
		"twice, an earlier epoch":        {[]system.Custody{word(1, 1, low, 2), word(1, 1, high, 1)}, high, 1, []byte{1}},
		"twice in one epoch":             {[]system.Custody{word(1, 1, high, 1), word(1, 1, low, 1)}, low, 1, []byte{1}},
		"on behind the one that lost":    {[]system.Custody{word(1, 1, low, 1), word(1, 1, high, 1), word(2, high, 4, 1)}, low, 1, []byte{1}},
	} {
		var past []change.UnitID
		for _, n := range c.past {
			past = append(past, unit(n))
		}
		h := custody.InForce(unit(1), c.words)
		if h.Unit != unit(c.holder) || h.Number != c.number || !slices.Equal(h.Past, past) || h.Moved() != (c.number > 0) {
			t.Errorf("%s: got %+v, want %d by word %d", name, h, c.holder, c.number)
		}
		if at := (change.UnitID)(""); h.Moved() && (h.At != h.Unit || h.Day != fmt.Sprintf("2026-03-%02d", c.number)) || !h.Moved() && h.At != at {
			t.Errorf("%s: stands at %s by the word of %s", name, h.At, h.Day)
		}
		for n := byte(1); n <= 5; n++ {
			if got, want := h.Held(unit(n), nil), n == c.holder || slices.Contains(c.past, n); got != want {
				t.Errorf("%s: %d has held it: %v, want %v", name, n, got, want)
			}
		}
	}
}

// TestWordsInAnyOrder: whatever words came, in whatever order and how often, say the same
// of whose a record is; and what they say is a chain from the maker to the custodian.
func TestWordsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) system.Custody {
			draw := func(name string) byte { return rapid.ByteRange(1, 3).Draw(t, name) }
			return word(uint64(draw("number")), draw("from"), draw("to"), uint64(draw("epoch")))
		}), 0, 8).Draw(t, "words")
		h := custody.InForce(unit(1), words)
		again := custody.InForce(unit(1), rapid.Permutation(append(slices.Clone(words), words...)).Draw(t, "order"))
		if h.Unit != again.Unit || h.Number != again.Number || h.At != again.At || !slices.Equal(h.Past, again.Past) {
			t.Fatalf("%+v, and in another order %+v", h, again)
		}
		if uint64(len(h.Past)) != h.Number {
			t.Fatalf("%d units before the word %d", len(h.Past), h.Number)
		}
		for n, chain := 0, append(slices.Clone(h.Past), h.Unit); n+1 < len(chain); n++ {
			if !slices.ContainsFunc(words, func(w system.Custody) bool {
				return w.Number == uint64(n+1) && w.From == chain[n] && w.To == chain[n+1]
			}) {
				t.Fatalf("no word %d goes from %s to %s", n+1, chain[n], chain[n+1])
			}
		}
	})
}

// TestCounts: what a custodian or the city writes on the line that the record stands on
// counts where that line is here, and besides what was said again to that unit.
func TestCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := []change.UnitID{unit(1), unit(2), unit(3), unit(9)}
		one := func(name string) change.UnitID { return rapid.SampledFrom(units).Draw(t, name) }
		h, city := custody.Holding{Unit: one("custodian"), At: one("at"), Number: 1}, unit(9)
		said := one("said to")
		c := custody.Written{Author: one("author"), Audience: one("audience"), Here: rapid.Bool().Draw(t, "here"),
			Forwarded: func(to change.UnitID) bool { return to == said }}
		written := c.Audience == h.At && (c.Author == h.Unit || c.Author == city)
		if got, want := h.Counts(c, nil, city), c.Here && written || said == h.At; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
