package filter

import (
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// A masked field can be read by asking, bit by bit, wherever an answer depends
// on a part of it: a prefix, a range, an order, what is left when one value is
// taken away. So who gets it masked has one test of it: that it is one whole
// value which a record may hold. The test stands alone or is joined to others by
// AND, so that every record of the answer has that value; then a few records at
// most are told of, and the audit log names them. Under OR or NOT it could change
// a large count by one, which names nobody.

// sight is whether somebody sees masked fields in full.
type sight bool

const (
	masked sight = false
	inFull sight = true
)

// hides reports whether the field is masked for them.
func (s sight) hides(f *schema.Field) bool { return s == masked && f.Mask }

// maskedTest is the one test of a masked field.
func maskedTest(f *schema.Field, op, text string, bare bool) (node, error) {
	if op != "=" || bare && text == "null" || strings.TrimSpace(text) == "" || strings.Contains(text, "*") {
		return nil, errMasked(f)
	}
	n, err := testOf(f, op, text)
	c, ok := n.(compare)
	if err != nil || !ok || !f.Accepts(valueOf(c.operand)) {
		return nil, errMasked(f) // one text, whatever was wrong with the value
	}
	return c, nil
}

func valueOf(operand any) change.Value {
	switch x := operand.(type) {
	case string:
		return change.Text(x)
	case int64:
		return change.Int(x)
	case bool:
		return change.Bool(x)
	}
	return change.Null
}

// checkPlaces returns Invalid for a masked field under OR or NOT.
func (s sight) checkPlaces(n node, joined bool) error {
	var parts []node
	switch n := n.(type) {
	case compare:
		if s.hides(n.f) && !joined {
			return errMasked(n.f)
		}
	case all:
		parts = n
	case some:
		parts, joined = n, false
	case not:
		parts, joined = []node{n.inner}, false
	}
	for _, part := range parts {
		if err := s.checkPlaces(part, joined); err != nil {
			return err
		}
	}
	return nil
}

func errMasked(f *schema.Field) error {
	whole := "a whole value"
	if f.Type == schema.IDNumber {
		whole = "a whole ID number of 18 characters"
	}
	return fault.New(fault.Invalid, "field %s is masked", f.Name).
		WithHint(`ask for %v, as in %s = "..."; other tests are joined to it by AND, and nothing is ordered or counted by it`, whole, f.Name)
}
