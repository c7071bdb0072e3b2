package access_test

import (
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/tree"
)

func TestBring(t *testing.T) {
	for name, test := range map[string]struct {
		child            change.UnitID
		author, audience change.UnitID
		up, down         bool
	}{
		"a community's own words":                         {first, first, first, true, true},
		"a neighbour's":                                   {first, second, second, false, false},
		"a community's through the street":                {street, first, first, true, true},
		"the city to one community":                       {first, city, first, true, true},
		"the city to a neighbour":                         {first, city, second, false, false},
		"the city to all, and back to a hub that lost it": {first, city, city, true, true},
		"the street to its communities":                   {first, street, street, true, true},
		"the street's own words upward":                   {street, street, first, true, true},
		"a unit nobody knows":                             {first, stranger, stranger, false, false},
		"to an audience nobody knows":                     {first, first, stranger, true, false},
		"what a street keeps to itself, to the district":  {street, street, street.Inner(), true, true},
		"what a street keeps to itself, to a community":   {first, street, street.Inner(), false, false},
		"a receipt for what a street keeps to itself":     {street, "", street.Inner(), true, true},
		"a receipt for the child":                         {first, "", first, true, true},
		"a receipt for a neighbour":                       {first, "", second, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			up := access.Bring(town, access.Up, test.child, test.author, test.audience)
			down := access.Bring(town, access.Down, test.child, test.author, test.audience)
			if up != test.up || down != test.down {
				t.Errorf("got up %v, down %v, want %v, %v", up, down, test.up, test.down)
			}
		})
	}
}

func TestReport(t *testing.T) {
	for name, test := range map[string]struct {
		unit change.UnitID
		want bool
	}{
		"itself": {street, true}, "one below": {first, true}, "the parent": {district, false}, "one beside": {other, false}, "nobody": {stranger, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := access.Report(town, street, test.unit); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestNothingOutsideScopeCrosses: of what is neither said by somebody at or below
// the child nor said to somebody on the child's line, nothing crosses.
func TestNothingOutsideScopeCrosses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWood(t)
		child, author, audience := w.draw(t, "child"), w.draw(t, "author"), w.draw(t, "audience")
		down := w.under(child, audience) || w.under(audience, child)
		up := down || w.under(child, author)
		if got := access.Bring(w, access.Down, child, author, audience); got != down {
			t.Errorf("down: got %v, want %v", got, down)
		}
		if got := access.Bring(w, access.Up, child, author, audience); got != up {
			t.Errorf("up: got %v, want %v", got, up)
		}
	})
}

// TestWhatIsSaidArrives: what a unit may say crosses every link from it up to the
// root, and every link from it down to the audience.
func TestWhatIsSaidArrives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWood(t)
		author, audience := w.draw(t, "author"), w.draw(t, "audience")
		if access.Say(w, author, change.Stream{Device: device, Audience: audience}) != nil {
			return
		}
		path := append([]change.UnitID{audience}, w.above[audience]...)
		for _, child := range path[:len(path)-1] {
			d := access.Up
			if child != author && w.under(author, child) {
				d = access.Down
			}
			if !access.Bring(w, d, child, author, audience) {
				t.Errorf("the stream of %s to %s does not cross the link of %s", author, audience, child)
			}
		}
	})
}

// TestBringAllocatesNothing: it is asked for every stream on every link.
func TestBringAllocatesNothing(t *testing.T) {
	asked := func() { access.Bring(town, access.Up, other, first, first) }
	if n := testing.AllocsPerRun(100, asked); n != 0 {
		t.Errorf("want no allocation, got %v", n)
	}
}

// BenchmarkBring is the longest way through: upward, out of scope.
func BenchmarkBring(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		access.Bring(town, access.Up, other, first, first)
	}
}

// TestBringMerged: the heir has the streams of the merged unit, and not the other way
// round.
func TestBringMerged(t *testing.T) {
	retired := unit(5, tree.Community, street)
	retired.Heir, retired.Until = first, "2026-01-01"
	merged := must(tree.New([]tree.Unit{
		unit(1, tree.City, ""), unit(2, tree.District, city), unit(3, tree.Street, district), unit(4, tree.Community, street), retired,
	}))
	for name, test := range map[string]struct {
		child            change.UnitID
		author, audience change.UnitID
		up, down         bool
	}{
		"the merged unit's words, to the heir": {first, second, second, true, true},
		"the merged unit's own words":          {second, second, second, true, true},
		"the heir's words, to the merged unit": {second, first, first, false, false},
		"the city to the heir":                 {second, city, first, false, false},
		"the city to the merged unit":          {first, city, second, true, true},
		"the street to all":                    {second, street, street, true, true},
	} {
		up := access.Bring(merged, access.Up, test.child, test.author, test.audience)
		down := access.Bring(merged, access.Down, test.child, test.author, test.audience)
		if up != test.up || down != test.down {
			t.Errorf("%s: got up %v, down %v, want %v, %v", name, up, down, test.up, test.down)
		}
	}
}
