package sim

import (
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/sample"
	"tongbu/internal/tree"
)

// Town is the tree of units that a world is made for. Units have the names of
// their tiers, counted in the order of the tree: city, district-1, street-2,
// community-17.
type Town struct {
	Tree  *tree.Tree
	Units []tree.Unit // parents before their children
	names map[change.UnitID]string
	ids   map[string]change.UnitID
	above map[change.UnitID]change.UnitID
}

// NewTown names the units of a tree. It returns Invalid for units that make
// none.
func NewTown(units []tree.Unit) (*Town, error) {
	t, err := tree.New(units)
	if err != nil {
		return nil, err
	}
	town := &Town{Tree: t, Units: t.Units(t.Root().ID), names: map[change.UnitID]string{}, ids: map[string]change.UnitID{}, above: map[change.UnitID]change.UnitID{}}
	count := map[tree.Level]int{}
	for _, u := range town.Units {
		count[u.Level]++
		name := fmt.Sprintf("%s-%d", u.Level, count[u.Level])
		if u.Level == tree.City {
			name = "city"
		}
		town.names[u.ID], town.ids[name], town.above[u.ID] = name, u.ID, u.Parent
	}
	return town, nil
}

// ID is the unit of a name, empty for one the town does not have.
func (t *Town) ID(name string) change.UnitID { return t.ids[name] }

// Name is the unit's name.
func (t *Town) Name(id change.UnitID) string { return t.names[id] }

// Parent is the name of the unit above, empty for the city.
func (t *Town) Parent(name string) string { return t.names[t.above[t.ids[name]]] }

// MayCross says what may cross the link to a child at all. It states the rule of
// scope a second time, by walking up the units, so that the product's own rule
// can be checked by it.
func (t *Town) MayCross(child, author, audience change.UnitID) bool {
	return t.isUnder(child, author) || t.isUnder(child, audience) || t.isUnder(audience, child)
}

func (t *Town) isUnder(top, unit change.UnitID) bool {
	for top != "" && unit != "" {
		if unit == top {
			return true
		}
		unit = t.above[unit]
	}
	return false
}

// Small is a city with one district, one street and three communities.
func Small() *Town { return growTown([][]int{{3}}) }

// Twelve is a city of twelve units: two districts, three streets, six
// communities.
func Twelve() *Town { return growTown([][]int{{2, 2}, {2}}) }

// Huangshi is the real city's tree thinned to a number of communities: 182 of
// them stand on 21 streets of 6 districts.
func Huangshi(communities int) *Town {
	var units []tree.Unit
	ids := map[string]change.UnitID{}
	for i, r := range sample.Pick(communities).Rows {
		ids[r.Code] = unitID(i + 1)
		units = append(units, tree.Unit{ID: unitID(i + 1), Code: r.Code, Name: r.Name, Level: tree.Level(r.Level), Parent: ids[r.Parent]})
	}
	return mustTown(units)
}

// growTown makes a tree of the numbers of communities by district and street.
func growTown(shape [][]int) *Town {
	n := 0
	var units []tree.Unit
	add := func(code string, level tree.Level, parent change.UnitID) change.UnitID {
		n++
		units = append(units, tree.Unit{ID: unitID(n), Code: code, Name: code, Level: level, Parent: parent})
		return unitID(n)
	}
	city := add("990100000000", tree.City, "")
	for d, streets := range shape {
		district := add(fmt.Sprintf("9901%02d000000", d+1), tree.District, city)
		for s, communities := range streets {
			street := add(fmt.Sprintf("9901%02d%03d000", d+1, s+1), tree.Street, district)
			for c := range communities {
				add(fmt.Sprintf("9901%02d%03d%03d", d+1, s+1, c+1), tree.Community, street)
			}
		}
	}
	return mustTown(units)
}

func unitID(n int) change.UnitID { return change.NewUnitID([10]byte{byte(n), byte(n >> 8)}) }

// mustTown is for trees that stand in this package: a wrong one is an error of
// its programmer.
func mustTown(units []tree.Unit) *Town {
	t, err := NewTown(units)
	if err != nil {
		panic(err)
	}
	return t
}
