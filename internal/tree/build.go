package tree

import (
	"cmp"
	"maps"
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
	idDigits   = 18
)

// New builds a tree. It returns Invalid, naming the unit's code, unless there
// is exactly one root, every other unit has a parent of a smaller level that stands if
// it does, each merged unit an heir of its level, and ids and the codes of units that
// stand are unique and all well formed.
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
		if _, twice := byID[u.ID]; twice || codes[u.Code] && u.Stands() {
			return nil, fault.New(fault.Invalid, "unit %s stands in the tree twice", u.Code)
		}
		byID[u.ID] = u
		codes[u.Code] = codes[u.Code] || u.Stands()
	}
	root, children, err := linkUnits(units, byID)
	if err != nil {
		return nil, err
	}
	t := &Tree{byID: make(map[change.UnitID]int, len(units)), byCode: make(map[string]int, len(units))}
	t.appendSubtree(root, -1, children)
	t.addRetired()
	return t, nil
}

// addRetired adds the codes of units that stand no longer and that no other unit has taken:
// of two with one code that of the later.
func (t *Tree) addRetired() {
	last := map[string]int{}
	for i := range t.units {
		u := &t.units[i]
		if u.Stands() {
			continue
		}
		if was, twice := last[u.Code]; !twice || cmp.Or(cmp.Compare(t.units[was].Until, u.Until), cmp.Compare(t.units[was].ID, u.ID)) < 0 {
			last[u.Code] = i
		}
	}
	for code, i := range last {
		if _, taken := t.byCode[code]; !taken {
			t.byCode[code] = i
		}
	}
}

// Past is what units were before: the codes that they have given up, each with the unit
// that had it last, and the units that they stood below.
type Past struct {
	Codes   map[string]change.UnitID
	Parents map[change.UnitID][]change.UnitID
}

// Remember returns the tree with what its units were before.
func (t *Tree) Remember(past Past) *Tree {
	next, codes := *t, past.Codes
	next.parents = past.Parents
	next.byCode, next.former = maps.Clone(t.byCode), map[change.UnitID][]string{}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		id := codes[code]
		next.former[id] = append(next.former[id], code)
		if _, taken := t.byCode[code]; taken {
			continue
		}
		if i, ok := t.byID[id]; ok {
			next.byCode[code] = i
		}
	}
	return &next
}

// linkUnits finds the root and each unit's children. As levels must grow
// downward it finds every cycle too: no level is smaller than itself.
func linkUnits(units []Unit, byID map[change.UnitID]Unit) (Unit, map[change.UnitID][]Unit, error) {
	var root Unit
	children := make(map[change.UnitID][]Unit)
	for _, u := range units {
		above := u.Parent
		switch {
		case u.Merged():
			heir, err := heirOf(u, byID)
			if err != nil {
				return Unit{}, nil, err
			}
			above = heir.ID
		case u.Parent != "":
			if err := checkParent(u, byID); err != nil {
				return Unit{}, nil, err
			}
		case root.ID != "":
			return Unit{}, nil, fault.New(fault.Invalid, "units %s and %s are both without a parent", root.Code, u.Code)
		case !u.Stands():
			return Unit{}, nil, fault.New(fault.Invalid, "unit %s at the top of the tree is retired", u.Code)
		default:
			root = u
			continue
		}
		children[above] = append(children[above], u)
	}
	if root.ID == "" {
		return Unit{}, nil, fault.New(fault.Invalid, "no unit is without a parent")
	}
	return root, children, nil
}

func checkParent(u Unit, byID map[change.UnitID]Unit) error {
	parent, ok := byID[u.Parent]
	switch {
	case !ok:
		return fault.New(fault.Invalid, "the parent of unit %s is not in the tree", u.Code)
	case parent.Level >= u.Level:
		return fault.New(fault.Invalid, "unit %s (%s) cannot stand below unit %s (%s)", u.Code, u.Level, parent.Code, parent.Level)
	case parent.Merged() || u.Stands() && !parent.Stands():
		return fault.New(fault.Invalid, "unit %s stands below unit %s, which is retired", u.Code, parent.Code)
	}
	return nil
}

// heirOf follows the heirs of a merged unit to the one that was not merged.
func heirOf(u Unit, byID map[change.UnitID]Unit) (Unit, error) {
	at := u
	for range byID {
		if !at.Merged() {
			return at, nil
		}
		heir, ok := byID[at.Heir]
		switch {
		case !ok:
			return Unit{}, fault.New(fault.Invalid, "the heir of unit %s is not in the tree", at.Code)
		case heir.Level != u.Level:
			return Unit{}, fault.New(fault.Invalid, "unit %s (%s) cannot be merged into unit %s (%s)", at.Code, at.Level, heir.Code, heir.Level)
		case at.Stands():
			return Unit{}, fault.New(fault.Invalid, "unit %s has an heir and is not retired", at.Code)
		}
		at = heir
	}
	if !at.Merged() {
		return at, nil
	}
	return Unit{}, fault.New(fault.Invalid, "unit %s was merged into itself", u.Code)
}

// appendSubtree appends the unit and all below it in preorder. There are four
// levels and merged units below the last, so the recursion is at most five deep.
func (t *Tree) appendSubtree(u Unit, parent int, children map[change.UnitID][]Unit) {
	i := len(t.units)
	t.units = append(t.units, u)
	t.parent = append(t.parent, parent)
	t.end = append(t.end, 0)
	if t.byID[u.ID] = i; u.Stands() {
		t.byCode[u.Code] = i
	}
	below := children[u.ID]
	slices.SortFunc(below, func(a, b Unit) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID)) })
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
	if !IsCode(code) {
		return fault.New(fault.Invalid, "a division code is not %d digits", codeLength)
	}
	return nil
}

// IsCode reports whether a text has the form of a division code.
func IsCode(text string) bool {
	return len(text) == codeLength && strings.Trim(text, "0123456789") == ""
}

// CheckName returns Invalid for what cannot be the name that a unit is to have. A tree that
// has such a name from before is read: it was right then.
func CheckName(name string) error {
	switch first, _ := utf8.DecodeRuneInString(strings.TrimSpace(name)); {
	case strings.ContainsRune("=+-@", first):
		return fault.New(fault.Invalid, "the name begins with %c, which a table takes for a formula", first)
	case holdsNumber(name):
		return fault.New(fault.Invalid, "the name holds 18 digits, which may be an ID number")
	}
	return validName(name)
}

// holdsNumber reports whether a text holds what has the form of an ID number: the last of
// the digits may be an X.
func holdsNumber(text string) bool {
	run := 0
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9', run == idDigits-1 && (c == 'x' || c == 'X'):
			run++
		default:
			run = 0
		}
		if run == idDigits {
			return true
		}
	}
	return false
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
