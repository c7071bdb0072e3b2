package view

import (
	"cmp"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/tree"
)

// kindUnit is the kind whose records are the units themselves.
const kindUnit = "unit"

// Belonging says which units a record concerns.
type Belonging struct {
	Unit     change.UnitID // the unit it belongs to
	Audience change.UnitID // the unit it is addressed to
	Moved    bool          // it was given to another unit than its id names
}

// BelongingOf reads where a record belongs. The unit is the one that its id names;
// of what the city alone writes the one that the field "unit" names, a unit's
// record belongs to the unit itself, and any other, as what a device says of
// itself, to its audience: that of the stream which set the first of its fields.
// All this depends on nothing but the record's name and content, so every tier
// says the same.
func BelongingOf(r Content) Belonging {
	opening, _ := r.Opening()
	b := Belonging{Audience: opening.Audience}
	maker, named := r.ID().Maker()
	switch {
	case named && !change.Ruled(r.Kind()):
		b.Unit = maker
	case r.Kind() == kindUnit:
		b.Unit = change.UnitID(r.ID())
	case access.CitysAlone(r.Kind()):
		b.Unit = cmp.Or(change.UnitID(r.Value(ColUnit).Text()), b.Audience)
	default:
		b.Unit = b.Audience
	}
	return b
}

// Path holds the division codes of a unit and of the tiers above it.
type Path struct {
	Unit  string    // ColUnit
	Tiers [4]string // ColCity to ColCommunity
}

// PathOf looks the unit up in the tree, which may be nil. What a merged unit has made
// stands at its heir.
func PathOf(t *tree.Tree, id change.UnitID) Path {
	p := Path{Unit: string(id)}
	if t == nil {
		return p
	}
	if u, ok := t.Unit(t.Heir(id)); ok {
		p.Unit = codeIn(t, u)
	}
	for level := tree.City; level <= tree.Community; level++ {
		if u, ok := t.At(id, level); ok {
			p.Tiers[level-tree.City] = codeIn(t, u)
		}
	}
	return p
}

// codeIn is the code of a unit, or its id where it was retired and another unit has the code
// now: what belongs to one is not found by the code of the other.
func codeIn(t *tree.Tree, u tree.Unit) string {
	if has, ok := t.ByCode(u.Code); ok && has.ID != u.ID {
		return string(u.ID)
	}
	return u.Code
}
