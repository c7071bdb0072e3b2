package access

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Say decides whether a device of the author's unit may write the stream, by the
// stream's audience: a unit at or below it, or its own desk alone (change.UnitID.Inner). A
// unit that was moved in the tree keeps what units above have said to it before; when a
// batch was written cannot be told, so they may go on.
func Say(t Tree, author change.UnitID, in change.Stream) error {
	if !t.Stood(author, in.Audience) && !in.Audience.IsInner(author) {
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

// Forward decides whether a device of the unit may write a batch that says changes of
// other streams again: the city's alone, whose signature vouches for them.
func Forward(author, city change.UnitID, forwards bool) error {
	if forwards && author != city {
		return fault.New(fault.Denied, "forward_not_city: only the city says again what another unit has written")
	}
	return nil
}
