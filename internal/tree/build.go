package tree

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

const (
	codeLength = 12
	maxName    = 200 // bytes
)

// New builds a tree. It returns Invalid, naming the unit's code, unless there
// is exactly one root, every other unit has a parent of a smaller level, and
// ids and codes are unique and well formed.
func New(units []Unit) (*Tree, error) {
	if len(units) == 0 {
		return nil, fault.New(fault.Invalid, "a tree needs at least one unit")
	}
	byID := make(map[change.UnitID]Unit, len(units))
	codes := make(map[string]bool, len(units))
	for _, u := range units {
		if err := u.validate(); err != nil {
			return nil, err
		}
		if _, twice := byID[u.ID]; twice || codes[u.Code] {
			return nil, fault.New(fault.Invalid, "unit %s stands in the tree twice", u.Code)
		}
		byID[u.ID], codes[u.Code] = u, true
	}
	root, children, err := linkUnits(units, byID)
	if err != nil {
		return nil, err
	}
	t := &Tree{byID: make(map[change.UnitID]int, len(units)), byCode: make(map[string]int, len(units))}
	t.appendSubtree(root, -1, children)
	return t, nil
}

// linkUnits finds the root and each unit's children. As levels must grow
// downward it finds every cycle too: no level is smaller than itself.
func linkUnits(units []Unit, byID map[change.UnitID]Unit) (Unit, map[change.UnitID][]Unit, error) {
	var root Unit
	children := make(map[change.UnitID][]Unit)
	for _, u := range units {
		if u.Parent == "" {
			if root.ID != "" {
				return Unit{}, nil, fault.New(fault.Invalid, "units %s and %s are both without a parent", root.Code, u.Code)
			}
			root = u
			continue
		}
		parent, ok := byID[u.Parent]
		if !ok {
			return Unit{}, nil, fault.New(fault.Invalid, "the parent of unit %s is not in the tree", u.Code)
		}
		if parent.Level >= u.Level {
			return Unit{}, nil, fault.New(fault.Invalid, "unit %s (%s) cannot stand below unit %s (%s)", u.Code, u.Level, parent.Code, parent.Level)
		}
		children[u.Parent] = append(children[u.Parent], u)
	}
	if root.ID == "" {
		return Unit{}, nil, fault.New(fault.Invalid, "no unit is without a parent")
	}
	return root, children, nil
}

// appendSubtree appends the unit and all below it in preorder. There are four
// levels, so the recursion is at most four deep.
func (t *Tree) appendSubtree(u Unit, parent int, children map[change.UnitID][]Unit) {
	i := len(t.units)
	t.units = append(t.units, u)
	t.parent = append(t.parent, parent)
	t.end = append(t.end, 0)
	t.byID[u.ID], t.byCode[u.Code] = i, i
	below := children[u.ID]
	slices.SortFunc(below, func(a, b Unit) int { return cmp.Compare(a.Code, b.Code) })
	for _, child := range below {
		t.appendSubtree(child, i, children)
	}
	t.end[i] = len(t.units)
}

func (u *Unit) validate() error {
	if err := validCode(u.Code); err != nil {
		return err
	}
	if err := u.ID.Validate(); err != nil {
		return fault.Wrap("unit "+u.Code, err)
	}
	if !u.Level.Valid() {
		return fault.New(fault.Invalid, "unit %s has level %d, not 2 to 5", u.Code, u.Level)
	}
	if err := validName(u.Name); err != nil {
		return fault.Wrap("unit "+u.Code, err)
	}
	return nil
}

// validCode does not repeat a malformed code in its error: the text may be
// anything, an ID number too.
func validCode(code string) error {
	if len(code) != codeLength || strings.Trim(code, "0123456789") != "" {
		return fault.New(fault.Invalid, "a division code is not %d digits", codeLength)
	}
	return nil
}

func validName(name string) error {
	switch {
	case !utf8.ValidString(name):
		return fault.New(fault.Invalid, "the name is not UTF-8").WithHint("save the file as UTF-8")
	case strings.TrimSpace(name) == "":
		return fault.New(fault.Invalid, "the name is blank")
	case len(name) > maxName:
		return fault.New(fault.Invalid, "the name has %d bytes, more than %d", len(name), maxName)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fault.New(fault.Invalid, "the name holds a control character")
	}
	return nil
}
