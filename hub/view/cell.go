package view

import (
	"cmp"
	"encoding/json"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// Cell is what a column holds of a record: nothing, a text or a number.
type Cell struct {
	held   held
	text   string
	number int64
}

type held uint8

// In the order SQL puts them.
const (
	nothing held = iota
	number
	text
)

// TextCell holds a text.
func TextCell(s string) Cell { return Cell{held: text, text: s} }

// NumberCell holds a number.
func NumberCell(n int64) Cell { return Cell{held: number, number: n} }

// Text is the text of a cell; false when it holds none.
func (c Cell) Text() (string, bool) { return c.text, c.held == text }

// Number is the number of a cell; false when it holds none.
func (c Cell) Number() (int64, bool) { return c.number, c.held == number }

// Empty reports whether a cell holds nothing.
func (c *Cell) Empty() bool { return c.held == nothing }

// Arg is what a statement is given for the cell: nil, a string or an int64.
func (c Cell) Arg() any {
	switch c.held {
	case number:
		return c.number
	case text:
		return c.text
	}
	return nil
}

// Compare puts cells in the order of a column: nothing first.
func (c Cell) Compare(o Cell) int {
	return cmp.Or(cmp.Compare(c.held, o.held), cmp.Compare(c.number, o.number), strings.Compare(c.text, o.text))
}

// Cell returns what the column holds of the record. A value of another type
// than the field's, or a longer one, which only a foreign program can have written,
// is left out; the record's state keeps it.
func (c Column) Cell(r Content) Cell {
	switch {
	case c.Field == ColValid:
		return validity(r)
	case c.Field == schema.VoidReason && !r.Void():
		return Cell{} // a void that an edit stood against: the record's state keeps it
	case c.key != nil:
		return c.keyCell(r.Value(c.key.Name).Text())
	case c.Field == schema.FindingsField, c.Field == schema.ExplainedField:
		return Cell{} // whatever a change says: see findings.go
	}
	return c.hold(r.Value(c.Field))
}

// hold is the cell of a value.
func (c *Column) hold(v change.Value) Cell {
	cell := c.Storage.cell(v)
	if c.Most > 0 && len(cell.text) > c.Most {
		return Cell{}
	}
	return cell
}

// keyCell holds the key of a person's name.
func (c Column) keyCell(name string) Cell {
	if name == "" || c.Most > 0 && len(name) > c.Most {
		return Cell{}
	}
	return TextCell(c.key.Key(name))
}

func validity(r Content) Cell {
	if r.Void() {
		return TextCell("0")
	}
	return TextCell("1")
}

var yes, no, emptyText = change.Bool(true), change.Bool(false), change.Text("")

// cell holds a value as the storage has it. An empty text is an empty field.
func (s Storage) cell(v change.Value) Cell {
	switch {
	case v.IsNull():
	case s == Text:
		if t := v.Text(); t != "" {
			return TextCell(t)
		}
	case s == Boolean && v == yes:
		return NumberCell(1)
	case s == Boolean && v == no:
		return NumberCell(0)
	default:
		return s.rare(v)
	}
	return Cell{}
}

// rare holds a number or a set.
func (s Storage) rare(v change.Value) Cell {
	got, err := v.Get()
	if err != nil {
		return Cell{}
	}
	switch x := got.(type) {
	case int64:
		if s == Integer {
			return NumberCell(x)
		}
	case []string:
		if s == Set {
			return setCell(x)
		}
	}
	return Cell{}
}

// setCell holds the items as a JSON array. Codes need no escapes.
func setCell(items []string) Cell {
	size := 2
	for _, item := range items {
		if strings.ContainsFunc(item, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\\<>&`, r) }) {
			raw, err := json.Marshal(items)
			if err != nil {
				return Cell{} // texts: cannot happen
			}
			return TextCell(string(raw))
		}
		size += len(item) + 3
	}
	array := append(make([]byte, 0, size), '[')
	for i, item := range items {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(append(append(array, '"'), item...), '"')
	}
	return TextCell(string(append(array, ']')))
}

// Value is the inverse of Cell. It is null for what no value is stored as.
func (s Storage) Value(c Cell) change.Value {
	if n, ok := c.Number(); ok {
		if s == Boolean {
			return change.Bool(n != 0)
		}
		return change.Int(n)
	}
	t, ok := c.Text()
	if !ok {
		return change.Null
	}
	if s != Set {
		return change.Text(t)
	}
	return setOf(t)
}

var emptySet = change.Set(nil)

// setOf is the inverse of setCell.
func setOf(array string) change.Value {
	items, ok := itemsIn(array)
	switch {
	case !ok:
		return change.Null
	case len(items) == 0:
		return emptySet
	}
	return change.Set(items)
}

// itemsOf are the items of a set's cell.
func itemsOf(c Cell) []string {
	array, _ := c.Text()
	items, _ := itemsIn(array)
	return items
}

func itemsIn(array string) (items []string, ok bool) {
	if array == "[]" {
		return nil, true
	}
	items, plain := plainItems(array)
	return items, plain || json.Unmarshal([]byte(array), &items) == nil
}

// plainItems reads an array of codes, which need no escapes: there are millions of them,
// and this takes a tenth of the time. It is false for any other.
func plainItems(array string) (items []string, ok bool) {
	inner, begun := strings.CutPrefix(array, `["`)
	inner, ended := strings.CutSuffix(inner, `"]`)
	if !begun || !ended || strings.ContainsFunc(inner, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' }) {
		return nil, false
	}
	items = strings.Split(inner, `","`)
	return items, strings.Count(inner, `"`) == 2*(len(items)-1)
}

// Key turns a value of an answer back into what the column held: in the
// columns of the tiers an empty text is one.
func (s Storage) Key(v change.Value) Cell {
	if s == Text && v == emptyText {
		return TextCell("")
	}
	return s.cell(v)
}
