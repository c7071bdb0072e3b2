// Package division is what becomes of the units of a tree on a day: the file in which it is
// written, its judging as a whole, and the tree of any day, read from what was announced.
// It is pure: the day is passed in.
package division

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

// Op is what is done to a unit.
type Op string

// The operations. Split has its place in the file and is not done yet: who gets which
// household is said by words of custody.
const (
	Add      Op = "add"
	Rename   Op = "rename"
	Recode   Op = "recode" // with a new parent and a new name too where they are given
	Reparent Op = "reparent"
	Merge    Op = "merge"
	Split    Op = "split"
	Retire   Op = "retire"
)

// Ops are all, in the order in which they are told of.
var Ops = []Op{Add, Rename, Recode, Reparent, Merge, Split, Retire}

// Step is what becomes of one unit. Of a unit there is one on a day at most, in each
// announcement.
type Step struct {
	On      string // first day on which it is so
	Version uint64 // number of the announcement
	Line    int    // of the file
	Op      Op
	Was     tree.Unit // zero where the unit is added
	Now     tree.Unit
}

// order is that in which steps come into force.
func order(a, b Step) int {
	return cmp.Or(strings.Compare(a.On, b.On), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Line, b.Line), strings.Compare(string(a.Now.ID), string(b.Now.ID)))
}

// InOrder are steps as they come into force one after the other.
func InOrder(steps []Step) []Step { return slices.SortedFunc(slices.Values(steps), order) }

// On are the units of a day: as the last step of that day or before made each, as the first
// step after it found it, and as it is where no step is about it. Units that are added
// later are left out.
func On(units []tree.Unit, steps []Step, day string) []tree.Unit {
	steps = InOrder(steps)
	made, found := map[change.UnitID]tree.Unit{}, map[change.UnitID]tree.Unit{}
	for _, s := range steps {
		if s.On <= day {
			made[s.Now.ID] = s.Now
		} else if _, before := found[s.Now.ID]; !before {
			found[s.Now.ID] = s.Was
		}
	}
	var then []tree.Unit
	for _, u := range units {
		_, isMade := made[u.ID]
		if was, isFound := found[u.ID]; isMade || isFound && was.ID == "" {
			continue
		} else if isFound {
			u = was
		}
		then = append(then, u)
	}
	for _, s := range steps { // in their order, so that the list is always the same
		if u, ok := made[s.Now.ID]; ok {
			then = append(then, u)
			delete(made, s.Now.ID)
		}
	}
	return then
}

// Codes are the codes that units have given up by a day, each with the unit that had it
// last.
func Codes(steps []Step, day string) map[string]change.UnitID {
	codes := map[string]change.UnitID{}
	for _, s := range InOrder(steps) {
		if s.On <= day && s.Was.Code != "" && s.Was.Code != s.Now.Code {
			codes[s.Was.Code] = s.Now.ID
		}
	}
	return codes
}

// Present is the tree of units as they are, with the codes that they have given up. It
// returns what tree.New does.
func Present(units []tree.Unit, steps []Step) (*tree.Tree, error) {
	t, err := tree.New(units)
	if err != nil {
		return nil, err
	}
	codes := map[string]change.UnitID{}
	for _, s := range InOrder(steps) {
		if u, ok := t.Unit(s.Now.ID); ok && s.Was.Code != "" && s.Was.Code != u.Code {
			codes[s.Was.Code] = u.ID
		}
	}
	return t.Remember(tree.Past{Codes: codes, Parents: parentsIn(t, steps)}), nil
}

// parentsIn are the units that others stood below before steps that are in force in a
// tree.
func parentsIn(t *tree.Tree, steps []Step) map[change.UnitID][]change.UnitID {
	parents := map[change.UnitID][]change.UnitID{}
	for _, s := range InOrder(steps) {
		if u, ok := t.Unit(s.Now.ID); ok && s.Was.Parent != "" && (s.Was.Parent != u.Parent || u.Merged()) {
			parents[u.ID] = append(parents[u.ID], s.Was.Parent)
		}
	}
	return parents
}

// Tree is the tree of a day. It returns what tree.New does.
func Tree(units []tree.Unit, steps []Step, day string) (*tree.Tree, error) {
	t, err := tree.New(On(units, steps, day))
	if err != nil {
		return nil, fault.Wrap("the units of "+day, err)
	}
	return t.Remember(tree.Past{Codes: Codes(steps, day)}), nil
}
