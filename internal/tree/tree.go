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
	Heir   change.UnitID // the unit that it was merged into; empty: it was not
	Since  string        // first day, YYYY-MM-DD; empty: since the network was founded
	Until  string        // the day on which it was retired or merged; empty: it stands
}

// Stands reports whether the unit is neither retired nor merged into another.
func (u *Unit) Stands() bool { return u.Until == "" }

// Merged reports whether the unit has an heir.
func (u *Unit) Merged() bool { return u.Heir != "" }

// Tree is immutable and safe for concurrent use. Units stand in preorder, the
// children of one parent by code, so the units at or below the one at i are
// those at i to end[i]. A unit that was merged stands below its heir, whatever its
// record names as its parent; where the heir was merged too, below that one's heir.
// A question about a unit the tree does not know is answered with nothing or false.
type Tree struct {
	units   []Unit
	end     []int // end of the unit's subtree in units
	parent  []int // position of the parent, of a merged unit that of its heir; -1 at the root
	byID    map[change.UnitID]int
	byCode  map[string]int // also the codes of before, as far as no other unit has them
	former  map[change.UnitID][]string
	parents map[change.UnitID][]change.UnitID // units that stood below others before, by the unit
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

// ByCode returns the unit that has the division code in this tree. By the code of a
// unit that was retired it returns that, of one that was merged the heir, and by a code
// of before (Remember) the unit that had it, as it is now: unless another has the code.
func (t *Tree) ByCode(code string) (Unit, bool) {
	u, ok := t.Had(code)
	if ok && u.Merged() {
		u, ok = t.Unit(t.Heir(u.ID))
	}
	return u, ok
}

// Had is ByCode for what was named by the code at the time: of a merged unit it returns that
// unit.
func (t *Tree) Had(code string) (Unit, bool) {
	i, ok := t.byCode[code]
	return t.unitAt(i, ok)
}

// Codes are the division codes that what a unit has made may have been called by: of the
// unit that holds it first, then its own and those of before.
func (t *Tree) Codes(id change.UnitID) []string {
	u, known := t.Unit(id)
	if !known {
		return nil
	}
	codes := []string{u.Code}
	if heir, ok := t.Unit(t.Heir(id)); ok && u.Merged() {
		codes = []string{heir.Code, u.Code}
	}
	return append(codes, t.former[id]...)
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

// Heir returns the unit that has taken the place of a merged one, and any other unit
// itself, also one that the tree does not know.
func (t *Tree) Heir(id change.UnitID) change.UnitID {
	if i, ok := t.byID[id]; ok && t.units[i].Merged() {
		return t.units[t.parent[i]].ID
	}
	return id
}

// At returns the unit of the level that the id stands at or below, of a merged unit
// that of its heir; false when that tier is missing above it.
func (t *Tree) At(id change.UnitID, level Level) (Unit, bool) {
	for above := range t.upward(t.Heir(id)) {
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

// Stood reports whether a unit stands at or below another, or has ever done (Remember).
func (t *Tree) Stood(above, id change.UnitID) bool {
	if t.Below(above, id) {
		return true
	}
	if len(t.parents) == 0 {
		return false
	}
	for _, u := range append([]change.UnitID{id}, t.Ancestors(id)...) { // levels rise, so it ends
		for _, p := range t.parents[u] {
			if t.Stood(above, p) {
				return true
			}
		}
	}
	return false
}

// Communities lists the units of level 5 at or below the unit that stand, in tree
// order.
func (t *Tree) Communities(under change.UnitID) []Unit {
	var units []Unit
	for _, u := range t.subtree(under) {
		if u.Level == Community && u.Stands() {
			units = append(units, u)
		}
	}
	return units
}

// Units lists the units at or below the unit, also those that stand no longer: parents
// before their children, siblings by code.
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
