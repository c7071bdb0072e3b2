package access

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/system"
)

// Program decides whether a program may ask the hub self, on a day (YYYY-MM-DD) of the
// network, about records of a kind in a scope. kind is what the schema has under the
// name that was asked; nil: it has none.
func Program(t Tree, p system.Program, self change.UnitID, today string, kind *schema.Kind, asked string, scope change.UnitID) error {
	if err := ProgramActive(p, today); err != nil {
		return err
	}
	if err := ProgramKind(p, kind, asked); err != nil {
		return err
	}
	if !t.Below(p.Unit, scope) {
		return Closed(kind.Name)
	}
	return Ask(t, self, scope, kind.Name)
}

// ProgramActive decides whether a program may ask at all, and go on with what it asks:
// it is not revoked, and its last day is not over.
func ProgramActive(p system.Program, today string) error {
	switch {
	case p.State != system.Active:
		return fault.New(fault.Denied, "the access of program %s was revoked", p.Name).WithHint("ask the city for a new one")
	case p.Until != "" && today > p.Until:
		return fault.New(fault.Denied, "the access of program %s ended with %s", p.Name, p.Until).WithHint("ask the city for a new one")
	}
	return nil
}

// ProgramKind decides whether a program may see records of a kind. One that it may not
// see is to it one that does not exist: it is refused in the same words. Of the
// program's own kinds units alone are open.
func ProgramKind(p system.Program, kind *schema.Kind, asked string) error {
	switch {
	case kind == nil, kind.System && kind.Name != system.UnitKind:
		return NoKind(asked)
	case !slices.Contains(p.Kinds, kind.Name) && !slices.Contains(p.Kinds, system.AllKinds):
		return NoKind(asked)
	}
	return nil
}

// ProgramScope is what a program asks about where it names nothing: its unit's subtree
// as far as the hub has it; "": nothing of it is there.
func ProgramScope(t Tree, p system.Program, self change.UnitID) change.UnitID {
	switch {
	case t.Below(self, p.Unit):
		return p.Unit
	case t.Below(p.Unit, self):
		return self
	}
	return ""
}

// NoKind is the refusal of a kind that does not exist.
func NoKind(asked string) error {
	return fault.New(fault.Invalid, "there is no kind %q", clip(asked)).
		WithHint("kinds are household, person, notice, unit and others of the schema")
}

// clip keeps what somebody typed short enough for one line.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
