package access

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Write decides whether a unit of the level may write records of the kind.
func Write(k *schema.Kind, level tree.Level) error {
	if !slices.Contains(k.Writers, int(level)) {
		return fault.New(fault.Denied, "a %s does not write %s records", level, k.Name)
	}
	return nil
}

// Enter decides whether people at a unit of the level may: the program's own
// kinds are not theirs.
func Enter(k *schema.Kind, level tree.Level) error {
	if k.System {
		return fault.New(fault.Denied, "%s records are written by the program", k.Name)
	}
	return Write(k, level)
}

// Holds reports whether a change may stand by who holds the record: the holder
// writes it, or it is said to the holder, or nobody holds it yet.
func Holds(holder, author, audience change.UnitID) bool {
	return holder == "" || holder == author || holder == audience
}

// Edit decides whether people at a unit may edit a record that belongs to the
// unit named, "" for none: their own one's or that of one below. The city would
// refuse more of it later, when nobody stands at the desk any more.
func Edit(t Tree, own, unit change.UnitID) error {
	if unit != "" && !t.Below(own, unit) {
		return fault.New(fault.Denied, "another unit holds this record")
	}
	return nil
}

// Counts reports whether a change of a record of the kind has an effect: units,
// devices, refusals and what is published for the network are the city's alone to
// write.
func Counts(kind string, author, city change.UnitID) bool {
	switch kind {
	case "unit", "device", "refusal", "network":
		return author == city
	}
	return true
}

// OfItself reports whether a device may write the record: what a device says of
// itself, in the record of its name, nobody else says.
func OfItself(kind string, id change.RecordID, by change.DeviceID) bool {
	return kind != "device_state" || id == change.RecordID(by)
}

// Order decides whether a hub of the level may change a record that another unit
// holds: the city's change has no rank, but it counts.
func Order(level tree.Level) error {
	if level != tree.City {
		return fault.New(fault.Denied, "a %s gives no orders", level).WithHint("ask the unit that holds the record to correct it")
	}
	return nil
}

// Receipt reports whether a device of the unit may sign receipts: the city's.
func Receipt(unit, city change.UnitID) bool { return unit == city }
