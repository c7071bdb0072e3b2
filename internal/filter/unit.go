package filter

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// maxNear is how many names an error shows.
const maxNear = 8

// unitTest compares a unit, which people call by its code or its name. Parts of a
// code are compared as texts; parts of a name find the units that have them.
func (b *builder) unitTest(f *schema.Field, op, text string) (node, error) {
	text = strings.TrimSpace(text)
	part := strings.Trim(text, "*")
	wild := part != text
	switch {
	case b.Tree == nil:
		return textTest(f, op, text)
	case (wild || op == ":") && isCode(part) && isPlace(f):
		return textTest(f, op, text)
	case wild && op != ":" && op != "=" && op != "!=":
		return textTest(f, op, text) // which says what is wrong
	case op == ":":
		return b.unitsLike(f, like{f: f, part: part, before: true, rest: true})
	case wild:
		n, err := b.unitsLike(f, like{f: f, part: part, before: strings.HasPrefix(text, "*"), rest: strings.HasSuffix(text, "*")})
		if op == "!=" && err == nil {
			n = all{filled{f}, not{n}}
		}
		return n, err
	}
	value, err := b.unitOf(f, text)
	if err != nil {
		return nil, err
	}
	return compare{f: f, op: op, operand: value}, nil
}

func isCode(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// isPlace reports whether the field holds a division code where it is compared; the
// other fields of units hold ids.
func isPlace(f *schema.Field) bool { return f.Name == "unit" || isTier(f.Name) }

// valueOfUnit is how the field holds the unit.
func valueOfUnit(f *schema.Field, u tree.Unit) string {
	if isPlace(f) {
		return u.Code
	}
	return string(u.ID)
}

// unitsLike is a test for the units whose names are like that.
func (b *builder) unitsLike(f *schema.Field, l like) (node, error) {
	var values []string
	name := &schema.Field{Name: "name", Type: schema.Text}
	l.f = name
	for _, u := range b.unitsFor(f) {
		if l.match(map[string]change.Value{"name": change.Text(u.Name)}) || strings.HasPrefix(u.Code, l.part) && isCode(l.part) {
			values = append(values, valueOfUnit(f, u))
		}
	}
	if len(values) == 0 {
		return nil, b.noUnit(f, l.part)
	}
	return oneOf{f: f, codes: values}, nil
}

// unitsFor are the units that the field may hold: a place is never a merged unit, since what
// that has made stands at its heir.
func (b *builder) unitsFor(f *schema.Field) []tree.Unit {
	units := b.Tree.Units(b.Tree.Root().ID)
	return slices.DeleteFunc(units, func(u tree.Unit) bool {
		return isPlace(f) && u.Merged() || isTier(f.Name) && u.Level.String() != f.Name
	})
}

// unitOf is the unit that a text means, as the field holds it: by its code, its id
// or its name.
func (b *builder) unitOf(f *schema.Field, text string) (string, error) {
	u, ok := b.Tree.ByCode(text)
	if !ok {
		u, ok = b.Tree.Unit(change.UnitID(text))
	}
	if ok && isPlace(f) {
		u, _ = b.Tree.Unit(b.Tree.Heir(u.ID))
	}
	switch {
	case ok && isTier(f.Name) && u.Level.String() != f.Name:
		return "", fault.New(fault.Invalid, "field %s: that unit is a %s", f.Name, u.Level).
			WithHint(`ask for %s = "%s"`, u.Level, u.Code)
	case ok:
		return valueOfUnit(f, u), nil
	case change.UnitID(text).Validate() == nil:
		return text, nil // of a unit that the tree does not know yet, or no more
	}
	named := b.unitsFor(f)
	named = slices.DeleteFunc(named, func(u tree.Unit) bool { return !strings.EqualFold(u.Name, text) })
	if near := b.nearOnes(named); len(named) > 1 && len(near) == 1 {
		named = near
	}
	switch len(named) {
	case 0:
		return "", b.noUnit(f, text)
	case 1:
		return valueOfUnit(f, named[0]), nil
	}
	return "", fault.New(fault.Invalid, "field %s: %d units have that name", f.Name, len(named)).
		WithHint("ask by the code: %s", b.listUnits(named))
}

// nearOnes are those at or below the unit that asks.
func (b *builder) nearOnes(units []tree.Unit) (near []tree.Unit) {
	for _, u := range units {
		if b.Tree.Below(b.Near, u.ID) {
			near = append(near, u)
		}
	}
	return near
}

func (b *builder) noUnit(f *schema.Field, text string) error {
	units := b.unitsFor(f)
	alike := nearest(text, len(units), func(i int) []string { return []string{units[i].Name, units[i].Code} })
	similar := make([]tree.Unit, len(alike))
	for i, at := range alike {
		similar[i] = units[at]
	}
	what := "unit"
	if isTier(f.Name) {
		what = f.Name
	}
	err := fault.New(fault.Invalid, "field %s: there is no such %s", f.Name, what)
	if len(similar) == 0 {
		return err.WithHint("units are called by code or name; `tongbu query unit` lists them")
	}
	return err.WithHint("similar: %s", b.listUnits(similar))
}

// listUnits names units with their codes and what they belong to.
func (b *builder) listUnits(units []tree.Unit) string {
	var parts []string
	for i, u := range units {
		if i == maxNear {
			parts = append(parts, "...")
			break
		}
		part := u.Code + " " + u.Name
		if above, ok := b.Tree.Unit(u.Parent); ok {
			part += " (" + above.Name + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// nearest are the numbers of the items whose names are the most like a text, best
// first; none when nothing is.
func nearest(text string, n int, names func(i int) []string) []int {
	type scored struct {
		at    int
		score float64
	}
	var found []scored
	for i := range n {
		best := 0.0
		for _, name := range names(i) {
			best = max(best, likeness(text, name))
		}
		if best >= 0.4 {
			found = append(found, scored{i, best})
		}
	}
	slices.SortStableFunc(found, func(x, y scored) int { return cmp.Compare(y.score, x.score) })
	var best []int
	for _, s := range found[:min(len(found), maxNear)] {
		best = append(best, s.at)
	}
	return best
}

// likeness is from 0 to 1: how much of the longer text stands in the other one, in
// its order. A text of two characters or more that stands whole in the other is like
// it, however much longer that is: people leave out 社区居委会.
func likeness(a, b string) float64 {
	a, b = strings.ToLower(a), strings.ToLower(b)
	x, y := []rune(a), []rune(b)
	if len(x) > 1 && strings.Contains(b, a) && !isCode(a) {
		return 1
	}
	const most = 64
	x, y = x[:min(len(x), most)], y[:min(len(y), most)]
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	row := make([]int, len(y)+1)
	for i := range x {
		diagonal := 0
		for j := range y {
			above := row[j+1]
			if x[i] == y[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return float64(row[len(y)]) / float64(max(len(x), len(y)))
}
