package records_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/system"
	"tongbu/internal/tree"
)

// merger is the city's announcement that a unit is merged into another.
func merger(version uint64, unit, heir change.UnitID) *change.Change {
	was := tree.Unit{ID: unit, Code: "420202007001", Name: "甲社区", Level: tree.Community, Parent: cityUnit}
	now := was
	now.Heir, now.Until = heir, "2026-03-01"
	s := division.Step{On: now.Until, Version: version, Line: 2, Op: division.Merge, Was: was, Now: now}
	return &change.Change{Kind: system.DivisionKind, Record: system.DivisionID(s), Fields: change.FieldsOf(system.DivisionFields(s))}
}

// toAll is the city's stream to everybody.
var toAll = device(9, cityUnit)

// merging is a town whose units are merged one into the next.
type merging struct {
	*town
	heirs map[change.UnitID]change.UnitID
}

// heir is the unit that has taken the place of another, or that itself.
func (m *merging) heir(of change.UnitID) change.UnitID {
	for m.heirs[of] != "" {
		of = m.heirs[of]
	}
	return of
}

// line is what a unit hears: its own streams, those of the units that were merged into it,
// and what the city says to all.
func (m *merging) line(unit change.UnitID) []change.UnitID {
	all := []change.UnitID{cityUnit, unit}
	for _, u := range []change.UnitID{east, west, south} {
		if u != unit && m.heir(u) == unit {
			all = append(all, u)
		}
	}
	return all
}

func (m *merging) merge(t *rapid.T, n int, unit, heir change.UnitID) {
	if !rapid.Bool().Draw(t, "merged") {
		return
	}
	said := m.write(toAll, merger(uint64(n), unit, heir))
	if rapid.IntRange(0, 3).Draw(t, "void") == 0 {
		m.write(toAll, takenBack(said.c, toAll))
		return
	}
	m.heirs[unit] = heir
}

func drawMerging(t *rapid.T, tb testing.TB) *merging {
	m := &merging{town: newTown(tb), heirs: map[change.UnitID]change.UnitID{}}
	m.streams, m.authors[toAll] = append(m.streams, toAll), cityUnit
	m.merge(t, 1, east, west)
	m.merge(t, 2, west, south)
	units := []change.UnitID{east, west, south}
	m.counted = append(m.counted, m.edit(m.of(east), "name", false))
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		h := m.holding()
		switch rapid.SampledFrom([]string{"edit", "late", "heir", "heir", "order", "move", "stranger"}).Draw(t, "step") {
		case "edit":
			m.counted = append(m.counted, m.edit(m.of(h.Unit), "name", rapid.Bool().Draw(t, "known")))
		case "heir":
			m.counted = append(m.counted, m.edit(m.of(m.heir(h.Unit)), "phone", rapid.Bool().Draw(t, "known")))
		case "late":
			if len(h.Past) > 0 {
				late := m.edit(m.of(m.heir(rapid.SampledFrom(h.Past).Draw(t, "former"))), "address", false)
				m.counted = append(m.counted, late)
				m.forward(late, h.At)
			}
		case "order":
			to := rapid.SampledFrom([]change.UnitID{h.Unit, m.heir(h.Unit)}).Draw(t, "to")
			m.counted = append(m.counted, m.edit(device(9, to), "phone", true))
		case "move":
			if to := rapid.SampledFrom(units).Draw(t, "to"); to != h.Unit && rapid.Bool().Draw(t, "given") {
				m.move(to, 1)
			}
		case "stranger":
			m.edit(m.of(rapid.SampledFrom(units).Draw(t, "who")), "note", false)
		}
	}
	return m
}

// TestHeirs: what a unit, its heir and the city write, the words that merge units, some of
// them void, and those that give the record away come in any order; whoever has taken the
// place of the unit that the record stands at has the same of it as the city.
func TestHeirs(t *testing.T) {
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		m := drawMerging(rt, t)
		h := m.holding()
		at := h.Unit
		if h.Moved() {
			at = h.At
		}
		city := m.tier(rt, t, cityUnit, east, west, south)
		want := city.encoded(moving)
		city.sameAsReplay()
		seen := city.get("person", moving).Context()
		for _, x := range m.counted {
			if dot := x.c.Dot(x.at.Stream); seen[dot.Stream] < dot.Count {
				rt.Errorf("the change at %v does not count at the city", x.at)
			}
		}
		for _, unit := range []change.UnitID{east, west, south} {
			if m.heirs[unit] != "" {
				continue
			}
			line := m.tier(rt, t, m.line(unit)...)
			got := line.encoded(moving)
			line.sameAsReplay()
			switch {
			case unit == m.heir(at) && !cmp.Equal(want, got):
				rt.Errorf("%s holds another record than the city", unit)
			case h.Moved() && !slices.Contains(m.line(unit), at) && len(got) > 0:
				rt.Errorf("%s has something of a record that stands elsewhere", unit)
			}
		}
	})
}

// TestHeirWrites: an heir writes a record that has an id of before under the name of its
// maker; the effect goes with the announcement.
func TestHeirWrites(t *testing.T) {
	f := open(t, nil)
	f.put(moving, fields{"name": change.Text("甲")})
	f.update(func(tx *journal.Tx) error {
		_, err := f.store.Put(tx, device(2, west), west, records.Edit{Kind: "person", ID: named(moving), Fields: fields{"phone": change.Text("1")}})
		return err
	})
	c := f.past(moving, 1)
	if c.Record != named(moving) {
		t.Fatalf("it is written as %s", c.Record)
	}
	g := open(t, nil)
	g.put(moving, fields{"name": change.Text("甲")})
	if _, kept := g.receive(device(2, west), west, c); kept || g.value(moving, "phone") != "" {
		t.Errorf("a stranger's edit: %v, %s", kept, g.value(moving, "phone"))
	}
	said := merger(1, east, west)
	g.receive(toAll, cityUnit, said)
	if got := g.value(moving, "phone"); got != "1" || len(g.history(moving)) != 2 {
		t.Errorf("after the word: %s, %d changes", got, len(g.history(moving)))
	}
	g.receive(toAll, cityUnit, &change.Change{Kind: said.Kind, Record: said.Record, Fields: change.FieldsOf(fields{merge.VoidField: change.Text("0")}), Context: change.Vector{toAll: 1}})
	if got := g.value(moving, "phone"); got != "" {
		t.Errorf("after it was taken back: %s", got)
	}
	g.sameAsReplay()
}
