package filter

import (
	"cmp"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

type (
	all    []node               // AND; empty holds always
	some   []node               // OR
	not    struct{ inner node } // true where inner is not
	filled struct{ f *schema.Field }

	// compare holds when the field is filled and the comparison with the
	// operand, a string, int64 or bool, is true.
	compare struct {
		f       *schema.Field
		op      string
		operand any
	}
	// like holds when a text begins with, ends with or contains the part.
	like struct {
		f            *schema.Field
		part         string
		before, rest bool // a star before, after the part
	}
	// oneOf holds when a code, or one of a set, is among the codes.
	oneOf struct {
		f     *schema.Field
		codes []string
	}
)

func (a all) match(values map[string]change.Value) bool {
	return !slices.ContainsFunc(a, func(n node) bool { return !n.match(values) })
}

func (s some) match(values map[string]change.Value) bool {
	return slices.ContainsFunc(s, func(n node) bool { return n.match(values) })
}

func (n not) match(values map[string]change.Value) bool { return !n.inner.match(values) }

func (p filled) match(values map[string]change.Value) bool { return item(values, p.f) != nil }

func (c compare) match(values map[string]change.Value) bool {
	switch x := item(values, c.f).(type) {
	case string:
		operand, ok := c.operand.(string)
		return ok && holdsOrder(c.op, cmp.Compare(x, operand))
	case int64:
		operand, ok := c.operand.(int64)
		return ok && holdsOrder(c.op, cmp.Compare(x, operand))
	case bool:
		operand, ok := c.operand.(bool)
		return ok && (x == operand) == (c.op == "=")
	}
	return false
}

func (l like) match(values map[string]change.Value) bool {
	text, ok := item(values, l.f).(string)
	text, part := foldASCII(text), foldASCII(l.part)
	switch {
	case !ok:
		return false
	case l.before && l.rest:
		return strings.Contains(text, part)
	case l.before:
		return strings.HasSuffix(text, part)
	}
	return strings.HasPrefix(text, part)
}

func (o oneOf) match(values map[string]change.Value) bool {
	switch x := item(values, o.f).(type) {
	case string:
		return slices.Contains(o.codes, x)
	case []string:
		return slices.ContainsFunc(x, func(code string) bool { return slices.Contains(o.codes, code) })
	}
	return false
}

// item is the field's value, of a name its key; nil when it is empty.
func item(values map[string]change.Value, f *schema.Field) any {
	v := values[f.Name]
	if v.IsNull() {
		return nil // most fields of most records are, and an error costs more than the rest
	}
	got, err := v.Get()
	s, isText := got.(string)
	switch {
	case err != nil || isText && s == "":
		return nil
	case isText && f.PersonName:
		return f.Key(s)
	}
	return got
}

func holdsOrder(op string, order int) bool {
	switch op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// foldASCII is how LIKE compares.
func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
