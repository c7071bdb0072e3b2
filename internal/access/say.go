package access

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Say decides whether a device of the author's unit may write the stream, by the
// stream's audience: a unit at or below it, or its own desk alone (change.UnitID.Inner).
func Say(t Tree, author change.UnitID, in change.Stream) error {
	if !t.Below(author, in.Audience) && !in.Audience.IsInner(author) {
		return Unsaid(in)
	}
	return nil
}

// Unsaid is the refusal of a stream that its device may not write.
func Unsaid(in change.Stream) error {
	return fault.New(fault.Denied, "device %s may not speak to unit %s", in.Device, in.Audience)
}

// Address is Say before anything is written: it decides whether people at the
// unit may name the audience.
func Address(t Tree, own, audience change.UnitID) error {
	if !t.Below(own, audience) {
		return fault.New(fault.Denied, "the audience is not at or below this unit")
	}
	return nil
}
