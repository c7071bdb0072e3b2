package tree_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

// merged is the small tree after the street 4 was merged into 3, with its communities,
// and then 5 into 7 and 7 into 6.
func merged() []tree.Unit {
	units := small()
	for i := range units {
		u := &units[i]
		switch u.ID {
		case id(4):
			u.Heir, u.Until = id(3), "2026-01-01"
		case id(5):
			u.Heir, u.Until, u.Parent = id(7), "2026-02-01", id(3)
		case id(7):
			u.Heir, u.Until = id(6), "2026-03-01"
		case id(6):
			u.Parent = id(3)
		}
	}
	return units
}

func TestHeir(t *testing.T) {
	tr := mustTree(t, merged())
	for unit, heir := range map[byte]byte{1: 1, 3: 3, 4: 3, 5: 6, 6: 6, 7: 6, 99: 99} {
		if got := tr.Heir(id(unit)); got != id(heir) {
			t.Errorf("heir of %d: got %s, want %s", unit, got, id(heir))
		}
	}
	for _, c := range []struct {
		above, id byte
		below     bool
	}{
		{6, 5, true}, {6, 7, true}, {3, 5, true}, {3, 4, true}, {3, 6, true}, {1, 5, true},
		{7, 5, false}, {5, 6, false}, {7, 6, false}, {4, 6, false}, {4, 5, false}, {2, 4, false}, {2, 5, false},
	} {
		if got := tr.Below(id(c.above), id(c.id)); got != c.below {
			t.Errorf("Below(%d, %d): got %v, want %v", c.above, c.id, got, c.below)
		}
	}
	for _, c := range []struct {
		name      string
		want, got []change.UnitID
	}{
		{"communities", list(6), ids(tr.Communities(id(1)))},
		{"units of the heir", list(6, 5, 7), ids(tr.Units(id(6)))},
		{"units of the street that has gone", list(4), ids(tr.Units(id(4)))},
		{"ancestors", list(6, 3, 1), tr.Ancestors(id(5))},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	for unit, want := range map[byte]byte{5: 6, 6: 6, 7: 6} {
		if u, ok := tr.At(id(unit), tree.Community); !ok || u.ID != id(want) {
			t.Errorf("the community of %d: got %v", unit, u)
		}
	}
}

// TestCodesOfBefore: a code that was given up is that of the unit that had it, or of its
// heir, until another unit has it.
func TestCodesOfBefore(t *testing.T) {
	units := merged()
	for i := range units {
		if units[i].ID == id(2) {
			units[i].Code = "000000000007" // as the community 7 before it was merged
		}
	}
	tr := mustTree(t, units).Remember(tree.Past{Codes: map[string]change.UnitID{
		"000000000090": id(2), "000000000091": id(5), "000000000003": id(1), "000000000092": id(99),
	}})
	for code, want := range map[string]byte{
		"000000000007": 2, "000000000005": 6, "000000000004": 3, "000000000090": 2, "000000000091": 6, "000000000003": 3,
	} {
		if u, ok := tr.ByCode(code); !ok || u.ID != id(want) {
			t.Errorf("code %s: got %v, want unit %d", code, u, want)
		}
	}
	for code, want := range map[string]byte{"000000000005": 5, "000000000091": 5, "000000000006": 6, "000000000007": 2} {
		if u, ok := tr.Had(code); !ok || u.ID != id(want) {
			t.Errorf("code %s was had by %v, want unit %d", code, u, want)
		}
	}
	for unit, want := range map[byte][]string{5: {"000000000006", "000000000005", "000000000091"}, 2: {"000000000007", "000000000090"}, 6: {"000000000006"}, 99: nil} {
		if diff := cmp.Diff(want, tr.Codes(id(unit))); diff != "" {
			t.Errorf("codes of %d: %s", unit, diff)
		}
	}
	if u, ok := tr.ByCode("000000000092"); ok {
		t.Errorf("a code of a unit that is in no tree: got %v", u)
	}
}

func TestNewRefusesHeirs(t *testing.T) {
	for name, change := range map[string]func(units map[byte]*tree.Unit){
		"an heir that is nowhere":           func(u map[byte]*tree.Unit) { u[5].Heir = id(99) },
		"itself":                            func(u map[byte]*tree.Unit) { u[5].Heir = id(5) },
		"one another":                       func(u map[byte]*tree.Unit) { u[6].Heir, u[6].Until = id(5), "2026-01-01" },
		"an heir of another level":          func(u map[byte]*tree.Unit) { u[5].Heir = id(3) },
		"an heir without an end":            func(u map[byte]*tree.Unit) { u[5].Until = "" },
		"a unit below a merged one":         func(u map[byte]*tree.Unit) { u[6].Parent = id(4) },
		"a unit below a retired one":        func(u map[byte]*tree.Unit) { u[3].Until = "2026-01-01" },
		"a retired root":                    func(u map[byte]*tree.Unit) { u[1].Until = "2026-01-01" },
		"a code of one that stands, by two": func(u map[byte]*tree.Unit) { u[2].Code = u[3].Code },
	} {
		units := merged()
		by := map[byte]*tree.Unit{}
		for i := range units {
			by[units[i].Code[11]-'0'] = &units[i]
		}
		change(by)
		if _, err := tree.New(units); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: want invalid, got %v", name, err)
		}
	}
}

// TestHeirsHoldTogether: however units are merged one after the other, everything below a
// merged one is below its heir and nothing else, and every unit is below the root.
func TestHeirsHoldTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 20).Draw(t, "communities")
		units := []tree.Unit{unit(1, tree.City, 0), unit(2, tree.Street, 1), unit(3, tree.Street, 1)}
		heir := map[change.UnitID]change.UnitID{}
		for i := range n {
			u := unit(byte(10+i), tree.Community, rapid.SampledFrom([]byte{2, 3}).Draw(t, "street"))
			units, heir[u.ID] = append(units, u), u.ID
		}
		for range rapid.IntRange(1, n-1).Draw(t, "merges") {
			var standing []int
			for i := range units {
				if units[i].Level == tree.Community && units[i].Stands() {
					standing = append(standing, i)
				}
			}
			pair := rapid.Permutation(standing).Draw(t, "pair")
			from, into := &units[pair[0]], units[pair[1]].ID
			from.Heir, from.Until = into, "2026-01-01"
			for of, now := range heir {
				if now == from.ID {
					heir[of] = into
				}
			}
		}
		tr, err := tree.New(rapid.Permutation(units).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range slices.Sorted(maps.Keys(heir)) {
			if got := tr.Heir(of); got != heir[of] {
				t.Errorf("heir of %s: got %s, want %s", of, got, heir[of])
			}
			for other := range heir {
				if got, want := tr.Below(other, of), other == of || other == heir[of]; got != want {
					t.Errorf("Below(%s, %s): got %v", other, of, got)
				}
			}
			if !tr.Below(id(1), of) || tr.Size(of) != len(tr.Under(of)) {
				t.Errorf("%s is not below the root", of)
			}
		}
	})
}

// TestCodeTakenAgain: the code of a retired unit is that of the one that stands, and of two
// retired ones that of the later.
func TestCodeTakenAgain(t *testing.T) {
	for last := range byte(3) {
		units := small()
		for n := range byte(3) {
			u := unit(20+n, tree.Community, 3)
			u.Code, u.Until = "000000000020", fmt.Sprintf("2026-0%d-01", 1+(n+3-last-1)%3)
			units = append(units, u)
		}
		if u, ok := mustTree(t, units).ByCode("000000000020"); !ok || u.ID != id(20+last) {
			t.Errorf("got %v, want %d, which was retired last", u, 20+last)
		}
	}
	units := append(small(), unit(8, tree.Community, 3), unit(9, tree.Community, 3))
	for i := range units {
		switch units[i].ID {
		case id(7):
			units[i].Until = "2026-03-01"
		case id(8), id(9):
			units[i].Until, units[i].Code = "2026-02-01", "000000000007"
		}
	}
	if u, ok := mustTree(t, units).ByCode("000000000007"); !ok || u.ID != id(7) {
		t.Errorf("got %v, want the one that was retired last", u)
	}
	units = append(units, unit(10, tree.Community, 3))
	units[len(units)-1].Code = "000000000007"
	if u, ok := mustTree(t, units).ByCode("000000000007"); !ok || u.ID != id(10) {
		t.Errorf("got %v, want the one that stands", u)
	}
}

// TestStood: a unit that has another parent now has stood below the one before and all
// above that, and so have those below it; nobody else has.
func TestStood(t *testing.T) {
	tr := mustTree(t, []tree.Unit{
		{ID: id(1), Code: "100000000001", Name: "city", Level: tree.City},
		{ID: id(2), Code: "100000000002", Name: "district", Level: tree.District, Parent: id(1)},
		{ID: id(3), Code: "100000000003", Name: "other district", Level: tree.District, Parent: id(1)},
		{ID: id(4), Code: "100000000004", Name: "street", Level: tree.Street, Parent: id(2)},
		{ID: id(5), Code: "100000000005", Name: "other street", Level: tree.Street, Parent: id(3)},
		{ID: id(6), Code: "100000000006", Name: "community", Level: tree.Community, Parent: id(4)},
		{ID: id(7), Code: "100000000007", Name: "other community", Level: tree.Community, Parent: id(5)},
	}).Remember(tree.Past{Parents: map[change.UnitID][]change.UnitID{id(6): {id(5)}, id(4): {id(3)}}})
	for _, c := range []struct {
		above, unit byte
		want        bool
	}{
		{4, 6, true}, {5, 6, true}, {3, 6, true}, {2, 6, true}, {3, 4, true}, {1, 6, true}, {6, 6, true},
		{5, 4, false}, {2, 7, false}, {4, 7, false}, {7, 6, false}, {6, 4, false}, {2, 3, false},
	} {
		if got := tr.Stood(id(c.above), id(c.unit)); got != c.want {
			t.Errorf("%d below %d: %v", c.unit, c.above, got)
		}
	}
	if plain := mustTree(t, tr.Units(id(1))); plain.Stood(id(5), id(6)) {
		t.Error("a tree that remembers nothing knows another parent")
	}
}
