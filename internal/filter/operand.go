package filter

import (
	"fmt"
	"slices"
	"strings"

	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// restriction is one comparison of a field with a value.
func (b *builder) restriction(op string, left, right *expr.Expr) (node, error) {
	f, err := b.field(left)
	if err != nil {
		return nil, err
	}
	text, bare, ok := operandText(right)
	if !ok {
		return nil, fault.New(fault.Invalid, "field %s is not compared with a value", f.Name).
			WithHint("put the value in quotes")
	}
	if f.Mask && text != "" {
		b.secrets = append(b.secrets, text)
	}
	if b.see.hides(f) {
		return maskedTest(f, op, text, bare)
	}
	isNull := (bare && text == "null") || text == ""
	switch {
	case f.Name == schema.AgeName && f.Type == schema.Integer && f.Label.Zh == "":
		return b.ageTest(f, op, text, isNull)
	case isNull && op == "=":
		return not{filled{f}}, nil
	case isNull && op == "!=":
		return filled{f}, nil
	case isNull:
		return nil, badOperator(f, op)
	case text == "*" && (op == ":" || op == "="):
		return filled{f}, nil
	case text == "*" && op == "!=":
		return not{filled{f}}, nil
	}
	switch {
	case f.Name == ConflictsName:
		return conflictsTest(f, op, text)
	case f.Type == schema.Unit || isTier(f.Name):
		return b.unitTest(f, op, text)
	}
	return testOf(f, op, b.nameOf(f, op, text))
}

// nameOf is the name of a record that a text means.
func (b *builder) nameOf(f *schema.Field, op, text string) string {
	whole := (op == "=" || op == "!=") && !strings.HasPrefix(text, "*") && !strings.HasSuffix(text, "*")
	switch {
	case b.Called == nil || !whole:
		return text
	case f.Name == "id":
		return b.Called(b.kind.Name, text)
	case f.Type == schema.Ref:
		return b.Called(f.Ref, text)
	}
	return text
}

// operandText is the value as written; bare when it stood without quotes.
func operandText(e *expr.Expr) (text string, bare, ok bool) {
	if ident := e.GetIdentExpr(); ident != nil {
		return parted(ident.GetName()), true, true
	}
	constant, ok := e.GetConstExpr().GetConstantKind().(*expr.Constant_StringValue)
	if !ok {
		return "", false, false
	}
	return constant.StringValue, false, true
}

func testOf(f *schema.Field, op, text string) (node, error) {
	switch f.Type {
	case schema.Code, schema.Codes:
		return codeTest(f, op, text)
	case schema.Boolean:
		return booleanTest(f, op, text)
	case schema.Integer, schema.Money, schema.Time:
		return numberTest(f, op, text)
	}
	return textTest(f, op, text)
}

func codeTest(f *schema.Field, op, text string) (node, error) {
	code, ok := f.List().Find(strings.TrimSpace(text))
	switch {
	case f.Type == schema.Codes && op != ":":
		return nil, badOperator(f, op)
	case !ok:
		return nil, fault.New(fault.Invalid, "field %s: the list %s has no such code", f.Name, f.List().Name).
			WithHint("%s", codesLike(f.List(), text))
	case op == ":":
		return oneOf{f: f, codes: codesWithin(f.List(), code)}, nil
	case op != "=" && op != "!=" && !isOrdered(f.List()):
		return nil, fault.New(fault.Invalid, "field %s: the codes of the list %s have no order", f.Name, f.List().Name).
			WithHint(`name those that you want: %s IN ("1", "2")`, f.Name)
	}
	return compare{f: f, op: op, operand: code}, nil
}

// isOrdered reports whether codes compared as texts stand in an order that people
// expect: a longer code behind the wider one that it begins with. In a list of 1, 2
// and 10 ten would come before two.
func isOrdered(list *schema.CodeList) bool {
	shortest := len(list.Items[0].Code)
	for _, item := range list.Items {
		shortest = min(shortest, len(item.Code))
	}
	return !slices.ContainsFunc(list.Items, func(item schema.Item) bool {
		below := item.Parent != "" && strings.HasPrefix(item.Code, item.Parent)
		return len(item.Code) > shortest && !below
	})
}

func booleanTest(f *schema.Field, op, text string) (node, error) {
	if op != "=" && op != "!=" {
		return nil, badOperator(f, op)
	}
	value, err := f.ParseText(text)
	if err != nil {
		return nil, badValue(f, err)
	}
	return compare{f: f, op: op, operand: value.Bool()}, nil
}

// numberTest takes money in fen, as it is stored and shown in JSON.
func numberTest(f *schema.Field, op, text string) (node, error) {
	if op == ":" {
		return nil, badOperator(f, op)
	}
	plain := *f
	if f.Type == schema.Money {
		plain.Type = schema.Integer
	}
	value, err := plain.ParseText(text)
	if err != nil && f.Type == schema.Money {
		return nil, badValue(f, fault.New(fault.Invalid, "wrong type").WithHint("give money in fen, a whole number: 300000 is 3,000 yuan"))
	}
	if err != nil {
		return nil, badValue(f, err)
	}
	return compare{f: f, op: op, operand: value.Int()}, nil
}

func textTest(f *schema.Field, op, text string) (node, error) {
	wild := strings.HasPrefix(text, "*") || strings.HasSuffix(text, "*")
	switch {
	case op == ":":
		return like{f: f, part: f.Key(strings.Trim(text, "*")), before: true, rest: true}, nil
	case wild && op == "=":
		return wildcard(f, text), nil
	case wild && op == "!=":
		return all{filled{f}, not{wildcard(f, text)}}, nil
	case wild:
		return nil, fault.New(fault.Invalid, "field %s: * goes with = and != only", f.Name)
	}
	value, err := f.Parse(text)
	if err != nil {
		return nil, badValue(f, err)
	}
	if f.Type == schema.Date && !calendar.Valid(value.Text()) {
		return nil, badValue(f, fault.New(fault.Invalid, "the date does not exist").
			WithHint(`dates are written "1990-01-31"; of a year or month: "1990-*", "1990-01-*"`))
	}
	if value == change.Null { // blanks only
		return nil, badOperator(f, op)
	}
	return compare{f: f, op: op, operand: f.Key(value.Text())}, nil
}

func wildcard(f *schema.Field, text string) node {
	l := like{f: f, before: strings.HasPrefix(text, "*"), rest: strings.HasSuffix(text, "*")}
	l.part = f.Key(strings.Trim(text, "*"))
	return l
}

// codesWithin lists a code and all below it.
func codesWithin(list *schema.CodeList, wider string) []string {
	var codes []string
	for _, item := range list.Items {
		if list.Within(item.Code, wider) {
			codes = append(codes, item.Code)
		}
	}
	return codes
}

// codesLike shows the codes that are the most like what was written, or the first
// ones.
func codesLike(list *schema.CodeList, text string) string {
	alike := nearest(text, len(list.Items), func(i int) []string {
		item := list.Items[i]
		return []string{item.Code, item.Zh, item.En}
	})
	if len(alike) == 0 {
		return fmt.Sprintf("codes: %s", codesOf(list))
	}
	parts := make([]string, len(alike))
	for i, at := range alike {
		parts[i] = list.Items[at].Code + " " + list.Items[at].Zh
	}
	return fmt.Sprintf("similar: %s", strings.Join(parts, ", "))
}

// codesOf shows the first codes of a list in a hint.
func codesOf(list *schema.CodeList) string {
	var codes []string
	for i, item := range list.Items {
		if i == 12 {
			codes = append(codes, "...")
			break
		}
		codes = append(codes, item.Code+" "+item.Zh)
	}
	return strings.Join(codes, ", ")
}

func badOperator(f *schema.Field, op string) error {
	return fault.New(fault.Invalid, "field %s cannot be compared with %s in this way", f.Name, op).
		WithHint("%s", operatorHints[kindOf(f.Type)])
}

func badValue(f *schema.Field, err error) error {
	return fault.Wrap("field "+f.Name, err)
}

// kindOf groups the types that take the same operators.
func kindOf(t schema.Type) schema.Type {
	switch {
	case t.IsNumber():
		return schema.Integer
	case t == schema.Boolean || t == schema.Code || t == schema.Codes:
		return t
	}
	return schema.Text
}

var operatorHints = map[schema.Type]string{
	schema.Integer: "numbers take = != < <= > >=",
	schema.Boolean: "use = true or = false",
	schema.Codes:   `a set takes : as in hardship:"050"`,
	schema.Code:    "a code takes = != < <= > >= and :",
	schema.Text:    "a text takes = != < <= > >= and :, with a value that is not empty",
}
