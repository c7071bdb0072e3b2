package filter

import (
	"slices"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Among is a test that the program itself makes: a field, or id, has one of some values;
// without values it is empty.
type Among struct {
	Field string
	In    []change.Value // texts and codes; or one boolean
}

// AllAmong is the filter that holds where all the tests do. It has no bounds, as no person
// has typed it, and it sees masked fields. It returns Invalid for a field that the kind
// does not have, and for values that are neither.
func AllAmong(kind *schema.Kind, tests ...Among) (*Expr, error) {
	e := &Expr{}
	var root all
	for _, t := range tests {
		f, ok := fieldOf(kind, t.Field)
		if !ok {
			return nil, fault.New(fault.Invalid, "%s has no field %q", kind.Name, t.Field)
		}
		n, err := amongNode(f, t.In)
		if err != nil {
			return nil, err
		}
		root, e.fields = append(root, n), append(e.fields, f.Name)
	}
	slices.Sort(e.fields)
	e.fields, e.root = slices.Compact(e.fields), root
	return e, nil
}

func amongNode(f *schema.Field, in []change.Value) (node, error) {
	if len(in) == 0 {
		return not{filled{f}}, nil
	}
	if len(in) == 1 && in[0].IsBool() {
		return compare{f: f, op: "=", operand: in[0].Bool()}, nil
	}
	of := oneOf{f: f}
	for _, v := range in {
		text, ok := v.AsText()
		if !ok {
			return nil, fault.New(fault.Invalid, "field %s is asked for a value that is no text", f.Name)
		}
		of.codes = append(of.codes, text)
	}
	return of, nil
}
