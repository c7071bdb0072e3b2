package filter

import "strings"

// Term is a test that every record passes for which the filter holds: the
// field has a value within one of the ranges. It leads to records by an
// index; whether the filter holds, only Match says.
type Term struct {
	Field  string // canonical, or a pseudo field
	Ranges []Range
	One    bool // the field has one value, it is no set
}

// Range is a stretch of values, both ends within it. An end is a string, an
// int64 or a bool as the other one, or nil: open. Open at both ends it holds
// every filled field.
type Range struct {
	Low, High any
	Empty     bool // the field is empty
}

// Equal reports whether the range is one value.
func (r Range) Equal() bool { return r.Low != nil && r.Low == r.High }

// Terms lists the tests of the filter that an index may answer, at most one
// for each part that is joined by AND. A filter may have none.
func (e *Expr) Terms() []Term { return termsOf(e.root) }

func termsOf(n node) []Term {
	switch n := n.(type) {
	case all:
		var terms []Term
		for _, part := range n {
			terms = append(terms, termsOf(part)...)
		}
		return terms
	case some:
		return n.terms()
	case filled:
		return []Term{{Field: n.f.Name, Ranges: []Range{{}}}}
	case not:
		if p, ok := n.inner.(filled); ok {
			return []Term{{Field: p.f.Name, Ranges: []Range{{Empty: true}}, One: true}}
		}
	case compare:
		return n.terms()
	case like:
		return n.terms()
	case oneOf:
		t := Term{Field: n.f.Name}
		for _, code := range n.codes {
			t.Ranges = append(t.Ranges, Range{Low: code, High: code})
		}
		return []Term{t}
	}
	return nil
}

// terms of an OR are those on a field that every part speaks of.
func (s some) terms() []Term {
	if len(s) == 0 {
		return nil
	}
	joined := termsOf(s[0])
	for _, part := range s[1:] {
		others := map[string]Term{}
		for _, t := range termsOf(part) {
			others[t.Field] = t
		}
		var kept []Term
		for _, t := range joined {
			if o, ok := others[t.Field]; ok {
				kept = append(kept, Term{Field: t.Field, Ranges: append(t.Ranges[:len(t.Ranges):len(t.Ranges)], o.Ranges...), One: t.One && o.One})
			}
		}
		joined = kept
	}
	return joined
}

func (c compare) terms() []Term {
	r := Range{Low: c.operand, High: c.operand}
	switch c.op {
	case "!=":
		is, ok := c.operand.(bool)
		if !ok {
			return nil
		}
		r = Range{Low: !is, High: !is}
	case "<", "<=":
		r.Low = nil
	case ">", ">=":
		r.High = nil
	}
	return []Term{{Field: c.f.Name, Ranges: []Range{r}, One: true}}
}

// terms of a text that begins so: up to the first letter that wildcards take
// in either case. No text has the byte 0xff.
func (l like) terms() []Term {
	begin := l.part
	if i := strings.IndexFunc(begin, isLetter); i >= 0 {
		begin = begin[:i]
	}
	if l.before || begin == "" {
		return nil
	}
	return []Term{{Field: l.f.Name, Ranges: []Range{{Low: begin, High: begin + "\xff"}}, One: true}}
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
