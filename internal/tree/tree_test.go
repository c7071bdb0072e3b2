package tree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

func id(n byte) change.UnitID { return change.NewUnitID([10]byte{n}) }

func unit(n byte, level tree.Level, parent byte) tree.Unit {
	u := tree.Unit{ID: id(n), Code: fmt.Sprintf("%012d", n), Name: fmt.Sprint("unit ", n), Level: level}
	if parent > 0 {
		u.Parent = id(parent)
	}
	return u
}

// small is a city (1) with a district (2) of one street (4) and a street (3)
// of its own; the communities 5 and 6 hang on 4, 7 on 3.
func small() []tree.Unit {
	return []tree.Unit{
		unit(7, tree.Community, 3), unit(6, tree.Community, 4), unit(5, tree.Community, 4),
		unit(4, tree.Street, 2), unit(3, tree.Street, 1), unit(2, tree.District, 1), unit(1, tree.City, 0),
	}
}

func mustTree(t *testing.T, units []tree.Unit) *tree.Tree {
	t.Helper()
	tr, err := tree.New(units)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func ids(units []tree.Unit) []change.UnitID {
	var list []change.UnitID
	for _, u := range units {
		list = append(list, u.ID)
	}
	return list
}

func list(numbers ...byte) []change.UnitID {
	var list []change.UnitID
	for _, n := range numbers {
		list = append(list, id(n))
	}
	return list
}

func TestLists(t *testing.T) {
	tr := mustTree(t, small())
	for _, c := range []struct {
		name      string
		want, got []change.UnitID
	}{
		{"units", list(1, 2, 4, 5, 6, 3, 7), ids(tr.Units(id(1)))},
		{"units of a district", list(2, 4, 5, 6), ids(tr.Units(id(2)))},
		{"communities", list(5, 6, 7), ids(tr.Communities(id(1)))},
		{"communities of a community", list(5), ids(tr.Communities(id(5)))},
		{"ancestors", list(4, 2, 1), tr.Ancestors(id(6))},
		{"ancestors of the root", nil, tr.Ancestors(id(1))},
		{"ancestors of an unknown", nil, tr.Ancestors(id(99))},
		{"units of an unknown", nil, ids(tr.Units(id(99)))},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	for _, under := range list(1, 2, 5, 99) {
		units := tr.Units(under)
		if diff := cmp.Diff(ids(units), tr.Under(under), cmpopts.EquateEmpty()); diff != "" || tr.Size(under) != len(units) {
			t.Errorf("under %s: %d units, want %d %s", under, tr.Size(under), len(units), diff)
		}
	}
}

func TestOneUnit(t *testing.T) {
	tr := mustTree(t, small())
	if tr.Len() != 7 || tr.Root().ID != id(1) {
		t.Errorf("want 7 units below %s, got %d below %s", id(1), tr.Len(), tr.Root().ID)
	}
	if u, ok := tr.ByCode("000000000004"); !ok || u.ID != id(4) {
		t.Errorf("by code: got %v, %v", u, ok)
	}
	if u, ok := tr.At(id(5), tree.District); !ok || u.ID != id(2) {
		t.Errorf("district of 5: got %v, %v", u, ok)
	}
	if u, ok := tr.At(id(7), tree.District); ok {
		t.Errorf("7 hangs on the city's own street, got district %v", u)
	}
	if _, ok := tr.Unit(id(99)); ok {
		t.Error("an unknown unit is known")
	}
}

func TestScope(t *testing.T) {
	tr := mustTree(t, small())
	for _, c := range []struct {
		above, id byte
		below     bool
	}{
		{1, 1, true}, {1, 7, true}, {2, 6, true}, {2, 7, false},
		{6, 2, false}, {5, 6, false}, {99, 1, false}, {1, 99, false}, {99, 99, false},
	} {
		if got := tr.Below(id(c.above), id(c.id)); got != c.below {
			t.Errorf("Below(%d, %d): want %v, got %v", c.above, c.id, c.below, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	other := func(change func(*tree.Unit)) []tree.Unit {
		units := small()
		change(&units[3]) // the street 4
		return units
	}
	for name, units := range map[string][]tree.Unit{
		"nothing":        nil,
		"two roots":      other(func(u *tree.Unit) { u.Parent = "" }),
		"no root":        small()[:6],
		"orphan":         other(func(u *tree.Unit) { u.Parent = id(99) }),
		"self-parent":    other(func(u *tree.Unit) { u.Parent = u.ID }),
		"cycle":          other(func(u *tree.Unit) { u.Parent = id(5) }),
		"same level":     other(func(u *tree.Unit) { u.Level = tree.District }),
		"bad level":      other(func(u *tree.Unit) { u.Level = 6 }),
		"duplicate id":   other(func(u *tree.Unit) { u.ID = id(3) }),
		"duplicate code": other(func(u *tree.Unit) { u.Code = "000000000003" }),
		"bad id":         other(func(u *tree.Unit) { u.ID = "x" }),
		"bad code":       other(func(u *tree.Unit) { u.Code = "42020200500x" }),
		"blank name":     other(func(u *tree.Unit) { u.Name = " " }),
		"control":        other(func(u *tree.Unit) { u.Name = "a\x00b" }),
		"not UTF-8":      other(func(u *tree.Unit) { u.Name = "\xbb\xc6" }),
		"long name":      other(func(u *tree.Unit) { u.Name = strings.Repeat("a", 201) }),
	} {
		if _, err := tree.New(units); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: want invalid, got %v", name, err)
		}
	}
	if _, err := tree.New(other(func(u *tree.Unit) { u.Name = strings.Repeat("a", 200) })); err != nil {
		t.Errorf("the longest name: %v", err)
	}
}
