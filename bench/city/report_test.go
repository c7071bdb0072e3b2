package main

import (
	"slices"
	"strings"
	"testing"

	"tongbu/internal/schema"
)

// A count that differs in any unit fails the run, also when the sums are equal; so
// does what was written and is nowhere.
func TestVerdict(t *testing.T) {
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := &city{kinds: kinds}
	all := func(last perUnit) (counts counted) {
		for range c.questions() {
			counts = append(counts, perUnit{"1": 2, "2": 3})
		}
		counts[len(counts)-1] = last
		return counts
	}
	right := perUnit{"1": 2, "2": 3}
	for name, test := range map[string]struct {
		city, nodes perUnit
		written     int
		want        string // in what is said; empty: all is well
	}{
		"all is there":         {right, right, 5, ""},
		"a unit has other":     {perUnit{"1": 3, "2": 2}, right, 5, "ledger_unemployed, lasts = true"},
		"the city has no unit": {perUnit{"1": 2}, right, 5, "(2)"},
		"the nodes have none":  {right, perUnit{"1": 2}, 5, "(2)"},
		"some are nowhere":     {right, right, 6, "household"},
	} {
		r := &course{records: written{"household": test.written}, city: all(test.city), nodes: all(test.nodes)}
		err := c.verdict(r)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
		if got := same(r.city, r.nodes); got != slices.Equal(differing(test.city, test.nodes), nil) {
			t.Errorf("%s: got same %v", name, got)
		}
	}
}
