package filter

import (
	"strings"

	"go.einride.tech/aip/filtering"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/tree"
)

// Reading is what whoever reads a filter knows beside the kind. The zero Reading is
// for somebody who gets masked fields masked, and takes units by their codes alone.
type Reading struct {
	InFull bool // masked fields may be asked for as any others: see mask.go
	// Called turns what an id or a reference to a kind is compared with into the name
	// of a record, where people call records by numbers of their own; nil: nothing
	// does.
	Called func(kind, text string) string
	// Tree names units: they may be called by name, and one that is not in it is
	// Invalid, as the answer would be empty whatever is stored. nil: units are compared
	// as they are written.
	Tree *tree.Tree
	// Near is the unit that asks: of several units of one name, one at or below it is
	// meant.
	Near change.UnitID
	// Today is the day that ages are of; empty: nothing is asked by age.
	Today string
	// Beside are fields that the values to match have beside the kind's own.
	Beside []*schema.Field
}

// Parse reads a filter over the records of a kind; "" holds for all of them. It
// returns Invalid, with a hint, for anything it cannot answer.
func (r Reading) Parse(kind *schema.Kind, text string) (*Expr, error) {
	b, root, err := r.build(kind, text)
	if err != nil {
		return nil, err
	}
	return &Expr{root: root, fields: b.fields()}, nil
}

// Shown is a filter as it may be kept in a log: the values of masked fields are
// masked, and so is whatever looks like an ID number. One that cannot be read is not
// shown, because nobody knows what its parts are.
func (r Reading) Shown(kind *schema.Kind, text string) string {
	r.InFull = true
	b, _, err := r.build(kind, text)
	if err != nil {
		return ""
	}
	for _, secret := range b.secrets {
		text = strings.ReplaceAll(text, secret, schema.Masked(secret))
	}
	return schema.MaskIDNumbers(strings.TrimSpace(text))
}

func (r Reading) build(kind *schema.Kind, text string) (*builder, node, error) {
	b := &builder{Reading: r, kind: kind, see: sight(r.InFull), names: map[string]bool{}}
	text = strings.TrimSpace(text)
	if err := checkLimits(text); err != nil || text == "" {
		return b, all{}, err
	}
	text = joinNames(plainSigns(text))
	wide, err := spread(kind, text)
	if err != nil {
		return b, nil, err
	}
	q := quote(wide)
	var parser filtering.Parser
	parser.Init(q.text)
	parsed, err := parser.Parse()
	if err != nil {
		return b, nil, syntaxError(q, wide == text, err)
	}
	root, err := b.node(parsed.GetExpr())
	if err == nil {
		err = b.see.checkPlaces(root, true)
	}
	return b, root, fault.Wrap("filter", err)
}
