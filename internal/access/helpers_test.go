package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

// The small tree: a city, one district with one street and two communities, and
// a street that hangs on the city.
var (
	city, district, street = id(1), id(2), id(3)
	first, second, other   = id(4), id(5), id(6)
	stranger               = id(99)

	town = must(tree.New([]tree.Unit{
		unit(1, tree.City, ""), unit(2, tree.District, city), unit(3, tree.Street, district),
		unit(4, tree.Community, street), unit(5, tree.Community, street), unit(6, tree.Street, city),
	}))

	device = change.DeviceOf(make([]byte, 32))
)

func id(n byte) change.UnitID { return change.NewUnitID([10]byte{n}) }

func unit(n byte, level tree.Level, parent change.UnitID) tree.Unit {
	return tree.Unit{ID: id(n), Code: fmt.Sprintf("%012d", n), Name: "x", Level: level, Parent: parent}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wantError wants Denied with the words, or with none, no error.
func wantError(t *testing.T, err error, words string) {
	t.Helper()
	switch {
	case words == "" && err != nil:
		t.Errorf("want it allowed, got %v", err)
	case words != "" && (fault.Of(err) != fault.Denied || !strings.Contains(err.Error(), words)):
		t.Errorf("want Denied with %q, got %v", words, err)
	}
}

// wood is a random tree. It knows by itself who stands above whom.
type wood struct {
	access.Tree
	ids   []change.UnitID // the root first; the last is a unit that is not in the tree
	above map[change.UnitID][]change.UnitID
}

func drawWood(t *rapid.T) wood {
	w := wood{above: map[change.UnitID][]change.UnitID{}}
	var units []tree.Unit
	for n := rapid.IntRange(1, 24).Draw(t, "units"); len(units) < n; {
		u := unit(byte(len(units)), tree.City, "")
		if len(units) > 0 {
			parents := slices.DeleteFunc(slices.Clone(units), func(p tree.Unit) bool { return p.Level == tree.Community })
			p := rapid.SampledFrom(parents).Draw(t, "parent")
			u.Parent, u.Level = p.ID, tree.Level(rapid.IntRange(int(p.Level)+1, int(tree.Community)).Draw(t, "level"))
			w.above[u.ID] = append([]change.UnitID{p.ID}, w.above[p.ID]...)
		}
		units = append(units, u)
		w.ids = append(w.ids, u.ID)
	}
	w.Tree = must(tree.New(units))
	w.ids = append(w.ids, stranger)
	return w
}

func (w wood) draw(t *rapid.T, what string) change.UnitID {
	return rapid.SampledFrom(w.ids).Draw(t, what)
}

// under reports whether the unit is top or stands below it.
func (w wood) under(top, unit change.UnitID) bool {
	return top != stranger && (top == unit || slices.Contains(w.above[unit], top))
}
