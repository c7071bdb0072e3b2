package access

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Ask decides whether a unit may ask about the scope.
func Ask(t Tree, asker, scope change.UnitID) error {
	if !t.Below(asker, scope) {
		return Closed()
	}
	return nil
}

// Closed is the refusal of a question about a unit. It is the same for a unit that does
// not exist, so that nobody learns by asking which units there are, and whatever is asked
// about it.
func Closed() error {
	return fault.New(fault.Denied, "the unit is unknown, or not in the scope of this one").
		WithHint("ask about this unit or one below it, by its division code")
}
