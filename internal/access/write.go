package access

import (
	"slices"
	"strings"

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
	if k.System || CitysAlone(k.Name) {
		return fault.New(fault.Denied, "%s records are written by the program", k.Name)
	}
	return Write(k, level)
}

// Stands decides whether people at a unit may write at all: one that was retired or merged
// only hands over what it has.
func Stands(own tree.Unit, t *tree.Tree) error {
	if own.Stands() || t == nil {
		return nil
	}
	if heir, ok := t.Unit(t.Heir(own.ID)); ok && own.Merged() {
		return fault.New(fault.Denied, "this unit was merged into %s %s on %s: it takes nothing new", heir.Code, heir.Name, own.Until).
			WithHint("enter it there; what was entered here before is on its way to it")
	}
	return fault.New(fault.Denied, "this unit was retired on %s: it takes nothing new", own.Until).
		WithHint("what was entered here before still goes up")
}

// Codes says which codes units of some levels alone write that a unit may write, by
// those levels: see schema.Subject. Where the city has no unit of them all do, and of
// a unit that the tree does not know nothing is said.
func Codes(t *tree.Tree, unit change.UnitID) func(levels []int) bool {
	if t == nil {
		return nil
	}
	u, known := t.Unit(unit)
	return func(levels []int) bool {
		return !known || slices.Contains(levels, int(u.Level)) ||
			!slices.ContainsFunc(levels, func(l int) bool { return t.HasLevel(tree.Level(l)) })
	}
}

// Holds reports whether a change may stand by who holds the record: the holder
// writes it, or nobody holds it yet, or the city orders it.
func Holds(holder, author, city change.UnitID) bool {
	return holder == "" || holder == author || author == city
}

// Edit decides whether people at a unit may edit a record of the unit named, ""
// for none. Elsewhere it would have no effect, when nobody stands at the desk any
// more.
func Edit(own, city, unit change.UnitID) error {
	if unit != "" && !Holds(unit, own, city) {
		return fault.New(fault.Denied, "another unit holds this record")
	}
	return nil
}

// Effect names the record that a change in the stream is of, as every tier keeps
// it, and reports whether the change may have an effect on it. It needs no
// verdict, and no other change:
//
//   - units, their changes, devices, refusals, programs' access, what is published for the network and
//     of the schema, and duplicate cases are the city's alone to write;
//   - what a device says of itself, in a record that has its name, nobody else
//     says, and it says it to its own unit, in few words: every hub keeps it;
//   - any other record is written by the unit that its id names as its maker, and
//     by the city. An id of before names nobody: whoever has written it means a
//     record of its own, and the city that of the unit it speaks to.
func Effect(c *change.Change, in change.Stream, author, city change.UnitID) (name change.RecordID, has bool) {
	switch {
	case CitysAlone(c.Kind):
		return c.Record, author == city
	case c.Kind == "device_state", c.Kind == "hub_address":
		return c.Record, in.Audience == author && c.Record == change.RecordID(in.Device) && isShort(c)
	case c.Kind == "audit_head", c.Kind == "released":
		return c.Record, in.Audience == author && strings.HasPrefix(string(c.Record), string(in.Device)+"-") && isShort(c)
	}
	if maker, named := c.Record.Maker(); named {
		return c.Record, Holds(maker, author, city)
	}
	return c.Record.Of(c.Kind, Holder(c.Kind, in, author, city)), true
}

// maxSelf is how much a device may say of itself in one change, in bytes.
const maxSelf = 1 << 10

func isShort(c *change.Change) bool {
	size := 0
	for _, f := range c.Fields {
		size += len(f.Name) + len(f.Value)
	}
	return size <= maxSelf
}

// CitysAlone reports whether only the city writes records of the kind: what they say
// of a unit is believed.
func CitysAlone(kind string) bool {
	switch kind {
	case "unit", "division", "device", "refusal", "network", "publication", "program", change.ForwardKind, "custody", "duplicate_case", "transfer":
		return true
	}
	return false
}

// Inherits reports whether the heir of a unit writes records of the kind as that unit does:
// Effect knows of no heirs.
func Inherits(kind string) bool { return !CitysAlone(kind) && !change.Ruled(kind) }

// Holder is the unit that a change means when its record's id is one of before:
// its author, and where the city orders, whom it speaks to. Of the kinds that had
// such ids only persons and households are ordered.
func Holder(kind string, in change.Stream, author, city change.UnitID) change.UnitID {
	if author == city && (kind == "household" || kind == "person") {
		return in.Audience
	}
	return author
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
