package query

import (
	"tongbu/hub/view"
	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// allowed returns Denied unless the unit may ask about the scope. t may be nil.
func allowed(t *tree.Tree, asker, scope change.UnitID) error {
	if t == nil {
		return access.Closed()
	}
	return access.Ask(t, asker, scope)
}

// scopeOf returns the records a question about the scope is answered from:
// those of the subtree, and what units above have said to the scope or to units below
// it, as the state of a complaint; for a kind without personal data also what they have
// said to units above it. That is what the links carry there, too.
func scopeOf(t *tree.Tree, k *schema.Kind, scope change.UnitID) view.Scope {
	if scope == t.Root().ID {
		return view.Scope{All: true}
	}
	s := view.Scope{Under: scope, From: t.Ancestors(scope)}
	if !k.Personal {
		s.To = append(s.To, s.From...)
	}
	for _, u := range t.Units(scope) {
		s.To = append(s.To, u.ID)
	}
	return s
}
