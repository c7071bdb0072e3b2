package filter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Parse reads a filter over the records of a kind; "" holds for all of them.
// It is for somebody who gets masked fields masked: see mask.go. It returns
// Invalid, with a hint, for anything it cannot answer.
func Parse(kind *schema.Kind, text string) (*Expr, error) { return Reading{}.Parse(kind, text) }

// OneRecord is the filter for the record of an id, void or not.
func OneRecord(kind *schema.Kind, id change.RecordID) string {
	where := fmt.Sprintf("id = %q", string(id))
	if _, voids := kind.Field(voidName); voids {
		where += fmt.Sprintf(` AND (%s = "1" OR %[1]s = "0")`, voidName)
	}
	return where
}

// voidName is the field that voids a record; a filter that does not name it asks for
// those that are not void.
const voidName = "valid"

// ParseInFull is Parse for somebody who sees masked fields in full.
func ParseInFull(kind *schema.Kind, text string) (*Expr, error) {
	return Reading{InFull: true}.Parse(kind, text)
}

func checkLimits(text string) error {
	if len(text) > MaxLength {
		return fault.New(fault.Invalid, "the filter has %d bytes, more than %d", len(text), MaxLength)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return fault.New(fault.Invalid, "the filter is not a text")
	}
	depth := 0
	for _, c := range text { // a parenthesis in quotes counts as one
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth > maxDepth {
			return fault.New(fault.Invalid, "the filter has more than %d parentheses in each other", maxDepth)
		}
	}
	return nil
}

// syntaxError says where the parser stopped. Its own text repeats the filter,
// which may hold personal data.
// Where the lists were written out the place is not that of what was typed.
func syntaxError(q quoted, asTyped bool, err error) error {
	var at interface {
		Position() filtering.Position
		Message() string
	}
	offset, message := 0, "not a filter"
	for errors.As(err, &at) {
		offset, message = int(at.Position().Offset), at.Message()
		err = errors.Unwrap(err)
	}
	if !strings.HasPrefix(message, "expected ") && message != "unterminated string" {
		message = "the filter does not go on rightly" // the parser's other words are of its own inside
	}
	if asTyped {
		message += " at character " + strconv.Itoa(q.column(offset))
	}
	return fault.New(fault.Invalid, "filter: %v", message).
		WithHint(`write tests like sex = "1" AND birth_date >= "1990-01-01"; values with blanks or signs stand in quotes`)
}

// builder turns the parser's tree into nodes.
type builder struct {
	Reading
	kind    *schema.Kind
	see     sight
	tests   int
	names   map[string]bool
	secrets []string // what masked fields are compared with
}

func (b *builder) fields() []string {
	names := make([]string, 0, len(b.names))
	for name := range b.names {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (b *builder) node(e *expr.Expr) (node, error) {
	call := e.GetCallExpr()
	if call == nil {
		return b.booleanAlone(e)
	}
	args := call.GetArgs()
	switch call.GetFunction() {
	case filtering.FunctionAnd, filtering.FunctionFuzzyAnd:
		nodes, err := b.nodes(args)
		return all(flatten[all](nodes)), err
	case filtering.FunctionOr:
		nodes, err := b.nodes(args)
		return some(flatten[some](nodes)), err
	case filtering.FunctionNot:
		if len(args) == 1 {
			inner, err := b.node(args[0])
			return not{inner}, err
		}
	case "=", "!=", "<", "<=", ">", ">=", filtering.FunctionHas:
		if len(args) == 2 {
			return b.restriction(call.GetFunction(), args[0], args[1])
		}
	}
	return nil, fault.New(fault.Invalid, "functions are not supported").
		WithHint("compare fields with values: = != < <= > >= and :")
}

func (b *builder) nodes(args []*expr.Expr) ([]node, error) {
	nodes := make([]node, 0, len(args))
	for _, arg := range args {
		n, err := b.node(arg)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// flatten keeps a long chain of one operator from nesting in SQL.
func flatten[T ~[]node](nodes []node) []node {
	var flat []node
	for _, n := range nodes {
		if same, ok := any(n).(T); ok {
			flat = append(flat, same...)
			continue
		}
		flat = append(flat, n)
	}
	return flat
}

// booleanAlone reads a name without a comparison: a boolean field.
func (b *builder) booleanAlone(e *expr.Expr) (node, error) {
	f, err := b.field(e)
	if err != nil {
		return nil, err
	}
	if f.Type != schema.Boolean {
		return nil, fault.New(fault.Invalid, "field %s stands alone", f.Name).
			WithHint(`compare it with a value: %s = "..."; AND, OR and NOT are upper case`, f.Name)
	}
	if f.Name == ConflictsName {
		return conflicted{yes: true}, nil
	}
	return compare{f: f, op: "=", operand: true}, nil
}

func (b *builder) field(e *expr.Expr) (*schema.Field, error) {
	b.tests++
	if b.tests > maxTests {
		return nil, fault.New(fault.Invalid, "more than %d tests", maxTests)
	}
	ident := e.GetIdentExpr()
	if ident == nil {
		return nil, fault.New(fault.Invalid, "a test begins with something else than a field").
			WithHint("write the name of the field first, without quotes")
	}
	name := parted(ident.GetName())
	f, ok := fieldOf(b.kind, name)
	if i := slices.IndexFunc(b.Beside, func(f *schema.Field) bool { return f.Name == name }); !ok && i >= 0 {
		f, ok = b.Beside[i], true
	}
	if !ok {
		return nil, unknownField(b.kind, name)
	}
	b.names[f.Name] = true
	return f, nil
}

// unknownField repeats the name only when it looks like one: it may be a value
// in the wrong place.
func unknownField(kind *schema.Kind, name string) error {
	names := make([]string, 0, len(kind.Fields)+7)
	for _, f := range kind.Fields {
		names = append(names, f.Name)
	}
	names = append(append(names, "id", ConflictsName), tiers...)
	if _, ok := kind.BirthDate(); ok {
		names = append(names, schema.AgeName)
	}
	if !namePattern.MatchString(name) {
		name = "of that name"
	}
	return fault.New(fault.Invalid, "%s has no field %s", kind.Name, name).
		WithHint("fields of %s: %s; AND, OR and NOT are upper case", kind.Name, strings.Join(names, ", "))
}

var namePattern = regexp.MustCompile(`^(x\.)?[A-Za-z_]{1,32}[0-9]{0,3}$`)
