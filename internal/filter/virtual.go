package filter

import (
	"tongbu/internal/calendar"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// ConflictsName is the name under which a filter asks for records with conflicts.
const ConflictsName = "conflicts"

// conflicted holds for the records with conflicts that nobody has settled, or for the
// others. Their values have a count or a boolean under ConflictsName, or nothing.
type conflicted struct{ yes bool }

func (c conflicted) match(values map[string]change.Value) bool {
	got, _ := values[ConflictsName].Get()
	switch x := got.(type) {
	case bool:
		return x == c.yes
	case int64:
		return (x > 0) == c.yes
	}
	return !c.yes
}

// sql has no argument: with one SQLite would not see that its index of the few
// records with conflicts serves; and it is told that they are few.
func (c conflicted) sql(w *writer) {
	if c.yes {
		w.write("unlikely(", w.column(ConflictsName), " > 0)")
		return
	}
	w.write(w.column(ConflictsName), " = 0")
}

func conflictsTest(f *schema.Field, op, text string) (node, error) {
	n, err := booleanTest(f, op, text)
	c, ok := n.(compare)
	if err != nil || !ok {
		return nil, err
	}
	return conflicted{yes: (c.operand == true) == (op == "=")}, nil
}

// maxAge bounds the years of a test, beyond which nobody is.
const maxAge = 300

// ageTest turns a test of the age into one of the birth date: an index serves, and
// it is the same everywhere.
func (b *builder) ageTest(f *schema.Field, op, text string, isNull bool) (node, error) {
	birth, _ := b.kind.BirthDate()
	if !calendar.Valid(b.Today) {
		return nil, fault.New(fault.Invalid, "ages are not known here")
	}
	b.names[birth.Name] = true
	born := compare{f: birth, op: "<=", operand: b.Today} // who is born after today has no age
	switch {
	case isNull && op == "=", text == "*" && op == "!=":
		return not{born}, nil
	case isNull && op == "!=", text == "*" && (op == "=" || op == ":"):
		return born, nil
	case op == ":":
		return nil, badOperator(f, op)
	}
	value, err := f.ParseText(text)
	if err != nil {
		return nil, badValue(f, err)
	}
	n := int(min(max(value.Int(), -1), maxAge))
	atLeast := func(n int) node {
		return compare{f: birth, op: "<=", operand: calendar.LastBirth(b.Today, max(n, 0))}
	}
	under := func(n int) node {
		return all{compare{f: birth, op: ">", operand: calendar.LastBirth(b.Today, max(n, 0))}, born}
	}
	switch op {
	case ">=":
		return atLeast(n), nil
	case ">":
		return atLeast(n + 1), nil
	case "<":
		return under(n), nil
	case "<=":
		return under(n + 1), nil
	case "!=":
		return all{born, not{all{atLeast(n), under(n + 1)}}}, nil
	}
	return all{atLeast(n), under(n + 1)}, nil
}
