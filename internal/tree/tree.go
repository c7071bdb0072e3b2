// Package tree is the tree of units a network serves: the city at its root,
// districts, streets and communities below. It answers who stands above whom,
// which decides what may cross a link and who may see a record. The package
// is pure: no clock, no socket, no file.
package tree

import (
	"iter"
	"slices"

	"tongbu/internal/change"
)

// Level is the tier of a unit. A smaller number stands higher.
type Level int

// The tiers. A tree may leave one out: a street can hang on the city.
const (
	City      Level = 2
	District  Level = 3
	Street    Level = 4
	Community Level = 5
)

var levelNames = [...]string{City: "city", District: "district", Street: "street", Community: "community"}

// Valid reports whether the level is one of the four tiers.
func (l Level) Valid() bool { return l >= City && l <= Community }

// String returns the tier's stable name.
func (l Level) String() string {
	if !l.Valid() {
		return "unknown"
	}
	return levelNames[l]
}

// Unit is one node of the tree. Its id never changes; code, name and parent are
// attributes that a later tree may change.
type Unit struct {
	ID     change.UnitID
	Code   string // division code, 12 digits
	Name   string
	Level  Level
	Parent change.UnitID // empty at the root
}

// Tree is immutable and safe for concurrent use. Units stand in preorder, the
// children of one parent by code, so the units at or below the one at i are
// those at i to end[i]. A question about a unit the tree does not know is
// answered with nothing or false.
type Tree struct {
	units  []Unit
	end    []int // end of the unit's subtree in units
	parent []int // position of the parent, -1 at the root
	byID   map[change.UnitID]int
	byCode map[string]int
}

// HasLevel reports whether a unit of the tree is of the level.
func (t *Tree) HasLevel(l Level) bool {
	return slices.ContainsFunc(t.units, func(u Unit) bool { return u.Level == l })
}

// Len is the number of units.
func (t *Tree) Len() int { return len(t.units) }

// Root returns the unit at the top.
func (t *Tree) Root() Unit { return t.units[0] }

// Unit returns the unit of the id.
func (t *Tree) Unit(id change.UnitID) (Unit, bool) {
	i, ok := t.byID[id]
	return t.unitAt(i, ok)
}

// ByCode returns the unit that has the division code in this tree.
func (t *Tree) ByCode(code string) (Unit, bool) {
	i, ok := t.byCode[code]
	return t.unitAt(i, ok)
}

// Ancestors lists the units above, nearest first, without the unit itself.
func (t *Tree) Ancestors(id change.UnitID) []change.UnitID {
	var ids []change.UnitID
	for above := range t.upward(id) {
		if above.ID != id {
			ids = append(ids, above.ID)
		}
	}
	return ids
}

// At returns the unit of the level that the id stands at or below; false when
// that tier is missing above it.
func (t *Tree) At(id change.UnitID, level Level) (Unit, bool) {
	for above := range t.upward(id) {
		if above.Level == level {
			return above, true
		}
	}
	return Unit{}, false
}

// Below reports whether the id stands at or below the other unit.
func (t *Tree) Below(above, id change.UnitID) bool {
	a, ok := t.byID[above]
	i, known := t.byID[id]
	return ok && known && a <= i && i < t.end[a]
}

// Communities lists the units of level 5 at or below the unit, in tree order.
func (t *Tree) Communities(under change.UnitID) []Unit {
	var units []Unit
	for _, u := range t.subtree(under) {
		if u.Level == Community {
			units = append(units, u)
		}
	}
	return units
}

// Units lists the units at or below the unit: parents before their children,
// siblings by code.
func (t *Tree) Units(under change.UnitID) []Unit { return slices.Clone(t.subtree(under)) }

// Under lists the ids of Units.
func (t *Tree) Under(id change.UnitID) []change.UnitID {
	units := t.subtree(id)
	ids := make([]change.UnitID, len(units))
	for i := range units {
		ids[i] = units[i].ID
	}
	return ids
}

// Size counts the units at or below the unit.
func (t *Tree) Size(under change.UnitID) int { return len(t.subtree(under)) }

func (t *Tree) unitAt(i int, ok bool) (Unit, bool) {
	if !ok {
		return Unit{}, false
	}
	return t.units[i], true
}

func (t *Tree) subtree(id change.UnitID) []Unit {
	i, ok := t.byID[id]
	if !ok {
		return nil
	}
	return t.units[i:t.end[i]]
}

// upward yields the unit and the units above it, nearest first.
func (t *Tree) upward(id change.UnitID) iter.Seq[Unit] {
	return func(yield func(Unit) bool) {
		i, ok := t.byID[id]
		for ; ok && i >= 0; i = t.parent[i] {
			if !yield(t.units[i]) {
				return
			}
		}
	}
}
