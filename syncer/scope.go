package syncer

import "tongbu/internal/change"

// Tree answers the one question that scope needs.
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
// direction: upward what was written at or below the child, downward what is
// said to the child, to a unit below it, or to one above it. This is the
// access rule as well.
func Carries(t Tree, d Direction, child, author, audience change.UnitID) bool {
	if d == Up {
		return t.Below(child, author)
	}
	return t.Below(child, audience) || t.Below(audience, child)
}

// Returns reports whether the stream is the device's own. It crosses every
// link to that device: a hub that was restored from an older copy gets back
// from below what it had said downward and nobody above has.
func Returns(of change.Stream, to change.DeviceID) bool { return of.Device == to }

// MaySay reports whether a device of the author's unit may write to the
// audience: to its own unit and to those below.
func MaySay(t Tree, author, audience change.UnitID) bool { return t.Below(author, audience) }
