package access

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Enrol decides whether a device that is known already may join with a token
// for the unit: it may, again, where it belongs.
func Enrol(known Party, unit change.UnitID) error {
	const hint = "join from a new directory"
	switch {
	case known.Revoked:
		return revoked(known.Device).WithHint(hint)
	case known.Unit != unit:
		return fault.New(fault.Denied, "device %s already belongs to another unit", known.Device).WithHint(hint)
	}
	return nil
}

// Connect decides at the hub whether a device may link with it, stay linked, and
// ask: it stands below. A nil tree has not arrived yet; then Connect returns
// Unavailable, and the device tries again.
func Connect(t Tree, hub change.UnitID, who Party) error {
	switch {
	case who.Expired:
		return expired(who.Device)
	case t == nil:
		return fault.New(fault.Unavailable, "this hub has not heard from the city yet")
	case !under(t, hub, who.Unit):
		return fault.New(fault.Denied, "unit %s is not below this hub", who.Unit)
	case who.Revoked:
		return revoked(who.Device)
	}
	return nil
}

// Serve decides at the other end whether the hub that answered may serve a
// device of the unit: it stands above.
func Serve(t Tree, unit change.UnitID, hub Party) error {
	switch {
	case !under(t, hub.Unit, unit):
		return fault.New(fault.Denied, "the hub that answered is not above this unit")
	case hub.Revoked:
		return fault.New(fault.Denied, "the hub that answered was revoked")
	}
	return nil
}

// Linked decides at every batch whether the sender is still somebody to link
// with; parent: it is the upper end.
func Linked(t Tree, own change.UnitID, sender Party, parent bool) error {
	if err := Active(sender); err != nil {
		return err
	}
	top, below := own, sender.Unit
	if parent {
		top, below = below, top
	}
	if !under(t, top, below) {
		return fault.New(fault.Denied, "unit %s is not below unit %s today", below, top)
	}
	return nil
}

// CarryTo decides whether a file may be written for the unit, as a link to it
// would be: it stands below.
func CarryTo(t Tree, own, to change.UnitID) error {
	if !under(t, own, to) {
		return fault.New(fault.Denied, "that unit is not below this one").WithHint("leave out --for to write for the hubs above")
	}
	return nil
}

// CarryReader decides whether a device may read a file that the writer's unit
// carries to a unit below, or, when to is empty, to the hubs above: those whose
// CarryFrom would take it in.
func CarryReader(t Tree, writer, to change.UnitID, reader Party) bool {
	if reader.Revoked {
		return false
	}
	if to == "" {
		return under(t, reader.Unit, writer)
	}
	return under(t, writer, reader.Unit) && t.Below(reader.Unit, to)
}

// CarryFrom decides whether a carried file may be taken in, as a link with its
// writer would be, and reports whether the writer is above. A file that goes up
// names nobody; one that comes down names this unit or one below it. The writer's
// certificate may have expired: a site without a line cannot renew it.
func CarryFrom(t Tree, own change.UnitID, writer Party, to change.UnitID) (above bool, err error) {
	above, below := t.Below(writer.Unit, own), t.Below(own, writer.Unit)
	switch {
	case writer.Revoked:
		return false, fault.New(fault.Denied, "device %s, which wrote the file, is revoked", writer.Device)
	case above == below: // its own unit, or neither
		return false, fault.New(fault.Denied, "the file is of unit %s, which is neither above nor below this one", writer.Unit)
	case below && to != "", above && (to == "" || !t.Below(own, to)):
		return false, fault.New(fault.Denied, "the file is for another unit").WithHint("see carry out --for")
	}
	return above, nil
}
