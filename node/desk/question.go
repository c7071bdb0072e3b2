package desk

import (
	"strings"

	"tongbu/internal/access"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// codeLength is that of a division code.
const codeLength = 12

// Address completes a question that is asked here: it names the device, and its
// scope, which may be a division code of the day asked about, becomes a unit. It returns Unavailable
// before the tree has come, Invalid for what is neither a code nor a unit, Denied
// for a code that no unit has, in the words for one that is not open.
func (d *Desk) Address(q question.Question) (question.Question, error) {
	q.Device = d.at.Keys.Device()
	isCode := len(q.Scope) == codeLength && strings.Trim(string(q.Scope), "0123456789") == ""
	switch {
	case !isCode && q.Scope != "" && q.Scope.Validate() != nil:
		return q, fault.New(fault.Invalid, "the scope is no division code").
			WithHint("give the 12 digits; `tongbu query unit` lists them with their names")
	case !isCode:
		return q, nil
	}
	t := d.at.Members.Tree()
	if t == nil {
		return q, fault.New(fault.Unavailable, "the tree of units has not arrived here yet")
	}
	if then := d.at.Members.TreeOn(q.Day); q.Day != "" && then != nil {
		t = then
	}
	u, ok := t.ByCode(string(q.Scope))
	if !ok {
		return q, access.Closed()
	}
	q.Scope = u.ID
	return q, nil
}
