package filter

import (
	"strings"

	"tongbu/internal/schema"
)

// Dialect says where the fields of a filter are found. What it returns must be safe
// as it stands. Column gives the SQL of a field's column, by canonical name, and of
// the keys of a person's names by schema.Field.KeyName.
type Dialect struct {
	Column func(field string) string
	// Equal gives the two sides of a test for a field's value, so that an index
	// serves: a column and the form of the argument `?`. nil: the column and `?`.
	Equal func(field string) (column, operand string)
	// Test makes a test of a field that stands in another table one of the row; the
	// test of a row is true, false or NULL. nil: it is one.
	Test func(field, test string) string
}

// SQL returns the filter as a condition with `?` for each argument. Arguments are
// string or int64.
//
// The columns are expected to hold NULL for an empty field, 0 or 1 for a
// boolean, a set as the JSON array json.Marshal writes, text compared as
// bytes, and LIKE that folds a-z only; this is SQLite's default.
func (e *Expr) SQL(d Dialect) (where string, args []any) {
	w := &writer{dialect: d}
	e.root.sql(w)
	return w.text.String(), w.args
}

// writer gathers the condition. Each node writes something that is true when
// the node holds, and false or NULL when not; NOT treats these two alike.
type writer struct {
	text    strings.Builder
	args    []any
	dialect Dialect
}

func (w *writer) column(field string) string { return w.dialect.Column(field) }

// test writes the test of a field.
func (w *writer) test(f *schema.Field, parts ...string) {
	text := strings.Join(parts, "")
	if w.dialect.Test != nil {
		text = w.dialect.Test(f.Name, text)
	}
	w.write(text)
}

func (w *writer) write(parts ...string) {
	for _, part := range parts {
		w.text.WriteString(part)
	}
}

func (w *writer) addArg(value any) {
	if b, ok := value.(bool); ok {
		value = int64(0)
		if b {
			value = int64(1)
		}
	}
	w.args = append(w.args, value)
}

// columnOf is the field's column, NULL where it is empty.
func (w *writer) columnOf(f *schema.Field) string {
	if isTier(f.Name) {
		return "NULLIF(" + w.column(f.Name) + ", '')"
	}
	return w.column(f.KeyName())
}

func (a all) sql(w *writer) { w.writeList(a, " AND ", "TRUE") }

func (s some) sql(w *writer) { w.writeList(s, " OR ", "FALSE") }

func (w *writer) writeList(nodes []node, operator, empty string) {
	if len(nodes) == 0 {
		w.write(empty)
		return
	}
	w.write("(")
	for i, n := range nodes {
		if i > 0 {
			w.write(operator)
		}
		n.sql(w)
	}
	w.write(")")
}

func (n not) sql(w *writer) {
	w.write("((")
	n.inner.sql(w)
	w.write(") IS NOT TRUE)")
}

func (p filled) sql(w *writer) { w.test(p.f, w.columnOf(p.f), " IS NOT NULL") }

func (c compare) sql(w *writer) {
	column, op, operand := w.columnOf(c.f), c.op, "?"
	switch op {
	case "=":
		column, operand = w.equal(c.f)
	case "!=":
		op = "<>"
	}
	w.test(c.f, column, " ", op, " ", operand)
	w.addArg(c.operand)
}

// equal are the sides of a test for a value: the column bare, so that an index
// serves, as the operand is never "".
func (w *writer) equal(f *schema.Field) (column, operand string) {
	if w.dialect.Equal != nil {
		return w.dialect.Equal(f.KeyName())
	}
	return w.column(f.KeyName()), "?"
}

func (l like) sql(w *writer) {
	pattern := escapeLike(l.part)
	if l.before {
		pattern = "%" + pattern
	}
	if l.rest {
		pattern += "%"
	}
	w.test(l.f, w.columnOf(l.f), ` LIKE ? ESCAPE '\'`)
	w.addArg(pattern)
}

func (o oneOf) sql(w *writer) {
	if o.f.Type == schema.Codes {
		o.sqlSet(w)
		return
	}
	column, operand := w.columnOf(o.f), "?"
	if o.f.Type == schema.Text { // ids
		column, operand = w.equal(o.f)
	}
	w.test(o.f, column, " IN (", operand, strings.Repeat(", "+operand, len(o.codes)-1), ")")
	for _, code := range o.codes {
		w.addArg(code)
	}
}

// sqlSet looks for the quoted code in the JSON array; a quote inside an item
// is escaped there, so nothing else looks like it.
func (o oneOf) sqlSet(w *writer) {
	w.write("(")
	for i, code := range o.codes {
		if i > 0 {
			w.write(" OR ")
		}
		w.write(w.columnOf(o.f), ` LIKE ? ESCAPE '\'`)
		w.addArg(`%"` + escapeLike(code) + `"%`)
	}
	w.write(")")
}

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func escapeLike(s string) string { return likeEscapes.Replace(s) }
