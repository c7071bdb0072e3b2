package access

import (
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

// Give returns the community that a record of a kind may be given to, by its division code:
// households and persons are given, to a community that stands, and what is about them goes
// along. It returns Invalid for any other kind and unit.
func Give(t *tree.Tree, kind, code string) (to tree.Unit, err error) {
	if kind != "household" && kind != "person" {
		return to, fault.New(fault.Invalid, "a %s is not transferred by itself", kind).WithHint("transfer the household or the person: what is about them goes along")
	}
	to, known := t.ByCode(code)
	switch {
	case !known:
		if had, was := t.Had(code); was {
			return to, fault.New(fault.Invalid, "unit %s was retired", had.Code).WithHint("name the unit that took its place: tongbu units list")
		}
		return to, fault.New(fault.Invalid, "no such unit: %q", code).WithHint("give the division code of a community: tongbu units list")
	case to.Level != tree.Community:
		return to, fault.New(fault.Invalid, "records are given to a community, not to a %s", to.Level)
	case to.Until != "":
		return to, fault.New(fault.Invalid, "unit %s is retired from %s on", to.Code, to.Until).WithHint("name the unit that takes its place")
	}
	return to, nil
}
