package filter

import "tongbu/internal/schema"

// What a test costs of each record that is looked at, by the time SQLite takes:
// a comparison is 1.
const (
	likeCost    = 8 // a search through a text
	setCodeCost = 2 // a search through the few codes of a set
	codesAPiece = 8 // codes of a list looked up in the time of a comparison
)

// Cost is how much work the filter is of each record, before it is run.
func (e *Expr) Cost() int { return costOf(e.root) }

func costOf(n node) (cost int) {
	var parts []node
	switch n := n.(type) {
	case all:
		parts = n
	case some:
		parts = n
	case not:
		parts = []node{n.inner}
	case like:
		return likeCost
	case oneOf:
		if n.f.Type == schema.Codes {
			return setCodeCost * len(n.codes)
		}
		return 1 + len(n.codes)/codesAPiece
	default:
		return 1
	}
	for _, part := range parts {
		cost += costOf(part)
	}
	return cost
}
