package filter

import (
	"go.einride.tech/aip/ordering"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// maxOrder is the most fields one may order by.
const maxOrder = 8

// Order is one field to order by; the caller decides where empty fields go.
type Order struct {
	Field string // canonical
	Desc  bool
}

// ParseOrder reads an order like "birth_date desc, name"; "" is none. It takes
// the names Parse takes, sets excepted, and returns Invalid with a hint. It is
// for somebody who gets masked fields masked: an order by one tells its values.
func ParseOrder(kind *schema.Kind, text string) ([]Order, error) {
	return parseOrder(kind, text, masked)
}

// ParseOrderInFull is ParseOrder for somebody who sees masked fields in full.
func ParseOrderInFull(kind *schema.Kind, text string) ([]Order, error) {
	return parseOrder(kind, text, inFull)
}

func parseOrder(kind *schema.Kind, text string, see sight) ([]Order, error) {
	var parsed ordering.OrderBy
	if err := parsed.UnmarshalString(text); err != nil || len(text) > MaxLength || len(parsed.Fields) > maxOrder {
		return nil, fault.New(fault.Invalid, "this is no order of at most %d fields", maxOrder).
			WithHint(`write it like "birth_date desc, name"`)
	}
	var orders []Order
	seen := map[string]bool{}
	for _, part := range parsed.Fields {
		f, ok := fieldOf(kind, part.Path)
		switch {
		case !ok:
			return nil, fault.Wrap("order", unknownField(kind, part.Path))
		case see.hides(f):
			return nil, fault.Wrap("order", errMasked(f))
		case f.Type == schema.Codes || seen[f.Name]:
			return nil, fault.New(fault.Invalid, "order: field %s is a set, or there twice", f.Name)
		}
		seen[f.Name] = true
		orders = append(orders, Order{Field: f.Name, Desc: part.Desc})
	}
	return orders, nil
}
