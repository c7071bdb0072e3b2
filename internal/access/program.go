package access

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Rights are what the city has given a program, as it is known at the moment of the
// question; members.RightsOf makes them.
type Rights struct {
	Program string // name
	Unit    change.UnitID
	Kinds   []string // it may see
	All     bool     // it may see every kind
	Until   string   // last day, YYYY-MM-DD; "": no end
	Revoked bool
}

// Program decides whether a program may ask the hub self, on a day (YYYY-MM-DD) of the
// network, about records of a kind in a scope. kind is what the schema has under the
// name that was asked; nil: it has none.
func Program(t Tree, who Rights, self change.UnitID, today string, kind *schema.Kind, asked string, scope change.UnitID) error {
	if err := ProgramActive(who, today); err != nil {
		return err
	}
	if err := ProgramKind(who, kind, asked); err != nil {
		return err
	}
	if !t.Below(who.Unit, scope) {
		return Closed()
	}
	return Ask(t, self, scope)
}

// ProgramActive decides whether a program may ask at all, and go on with what it asks:
// it is not revoked, and its last day is not over.
func ProgramActive(who Rights, today string) error {
	switch {
	case who.Revoked:
		return fault.New(fault.Denied, "the access of program %s was revoked", who.Program).WithHint("ask the city for a new one")
	case who.Until != "" && today > who.Until:
		return fault.New(fault.Denied, "the access of program %s ended with %s", who.Program, who.Until).WithHint("ask the city for a new one")
	}
	return nil
}

// ProgramKind decides whether a program may see records of a kind. One that it may not
// see is to it one that does not exist: it is refused in the same words. Of the
// network's own kinds units alone are open to programs.
func ProgramKind(who Rights, kind *schema.Kind, asked string) error {
	if kind == nil || kind.System && kind.Name != "unit" || !who.All && !slices.Contains(who.Kinds, kind.Name) {
		return NoKind(asked)
	}
	return nil
}

// ProgramScope is what a program asks about where it names nothing: its unit's subtree
// as far as the hub has it; "": nothing of it is there.
func ProgramScope(t Tree, who Rights, self change.UnitID) change.UnitID {
	switch {
	case t.Below(self, who.Unit):
		return who.Unit
	case t.Below(who.Unit, self):
		return self
	}
	return ""
}

// NoKind is the refusal of a kind that does not exist.
func NoKind(asked string) error {
	return fault.New(fault.Invalid, "there is no kind %q", clip(asked)).
		WithHint("the schema lists the kinds; a program sees those that it was given")
}

// clip keeps what somebody typed short enough for one line.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
