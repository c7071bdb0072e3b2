package access

import "tongbu/internal/change"

// Direction is the way a stream crosses a link.
type Direction uint8

// The two directions of a link.
const (
	Up   Direction = iota // from the child to the parent
	Down                  // from the parent to the child
)

// Bring reports whether a stream crosses the link to the child in the direction.
// Downward: the audience is the child, a unit below it, or one above it other than the
// heir of a child that was merged. Upward:
// the author is at or below the child; and, to a parent that has lost it,
// whatever crosses downward. What a unit keeps to itself goes up from it, and down to it
// alone. A unit between author and audience, or above the
// author, relays their stream anyway, so who may bring it may read it. Receipts
// have no author: "".
func Bring(t Tree, d Direction, child, author, audience change.UnitID) bool {
	if d == Up && t.Below(child, author) {
		return true
	}
	switch {
	case t.Below(child, audience) || t.Below(audience, child) && !isHeir(t, audience, child):
		return true
	case author != "":
		return audience.IsInner(author) && t.Below(child, author)
	}
	return t.Below(child, audience.Inner())
}

// Report reports whether a child may tell which devices of the unit it has heard
// from, and when: of its own unit and of those below, of nobody else.
func Report(t Tree, child, unit change.UnitID) bool { return t.Below(child, unit) }
