package syncer

import "tongbu/internal/change"

// Tree is the unit tree, as far as scope needs it.
type Tree interface {
	// Below reports whether unit stands at or below top.
	Below(top, unit change.UnitID) bool
}

// Direction is the way a stream crosses a link.
type Direction uint8

// The two directions of a link.
const (
	Up   Direction = iota // from the child to the parent
	Down                  // from the parent to the child
)

// Carries reports whether a stream crosses the link to the child in the
// direction. Downward: the audience is the child, a unit below it, or one above
// it. Upward: the author is at or below the child; and, to a parent that has
// lost it, whatever crosses downward. This is the access rule as well: a unit
// between author and audience, or above the author, relays their stream anyway.
func Carries(t Tree, d Direction, child, author, audience change.UnitID) bool {
	if d == Up && t.Below(child, author) {
		return true
	}
	return t.Below(child, audience) || t.Below(audience, child)
}

// MaySay reports whether a device of the author's unit may write to the
// audience: to its own unit and to those below.
func MaySay(t Tree, author, audience change.UnitID) bool { return t.Below(author, audience) }
