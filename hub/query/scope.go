package query

import (
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Allowed returns Denied unless the unit may ask about records of the kind in
// the scope: everybody may ask about their own subtree and nothing else. The
// text is the same for a unit that does not exist, so that nobody learns by
// asking which units there are.
func Allowed(t *tree.Tree, caller change.UnitID, k *schema.Kind, scope change.UnitID) error {
	if t == nil || !t.Below(caller, scope) {
		return fault.New(fault.Denied, "%s records of that unit are not open to this one", k.Name).
			WithHint("ask about your own unit or one below it")
	}
	return nil
}

// scopeOf returns the records a question about the scope is answered from:
// those of the subtree; for a kind without personal data also what units above
// have said to the scope, to units below it or to units above it. That is what
// the links carry there, too.
func scopeOf(t *tree.Tree, k *schema.Kind, scope change.UnitID) view.Scope {
	if scope == t.Root().ID {
		return view.Scope{All: true}
	}
	s := view.Scope{Under: scope}
	if k.Personal {
		return s
	}
	s.From = t.Ancestors(scope)
	s.To = append(s.To, s.From...)
	for _, u := range t.Units(scope) {
		s.To = append(s.To, u.ID)
	}
	return s
}
