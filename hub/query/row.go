package query

import (
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/schema"
)

// shown is a column of the answer, made of one that was read.
type shown struct {
	question.Column
	read  int // place of what was read
	make  func(change.Value) change.Value
	quiet bool // absent where it says nothing: nobody has asked for it by name
}

// show adds a column, and the one of its labels where they are asked for and there
// are any.
func (p *plan) show(name string, read int, masked bool) {
	storage, _ := view.StorageOf(p.kind, name) // column has found it
	c := shown{Column: question.Column{Name: name, Type: typeOf(storage)}, read: read, make: func(v change.Value) change.Value { return v }}
	f, isField := p.kind.Field(name)
	switch {
	case masked:
		c.Type, c.make = question.Text, func(v change.Value) change.Value { return change.Text(schema.Masked(v.Text())) }
	case isField && f.Type == schema.Unit:
		c.make = p.unitCode
	case name == view.ColContested:
		c.quiet = !p.chosen
	}
	if len(p.groupBy) > 0 && c.Type == question.Set { // each of its items is counted
		c.Type = question.Text
	}
	p.shown = append(p.shown, c)
	if label := p.labelOf(name, f); p.labels && label != nil && !masked {
		p.shown = append(p.shown, shown{Column: question.Column{Name: name + question.LabelSuffix, Type: c.Type}, read: read, make: label})
	}
}

// columns are those of the answer.
func (p *plan) columns() []question.Column {
	columns := make([]question.Column, len(p.shown), len(p.shown)+1)
	for i := range p.shown {
		columns[i] = p.shown[i].Column
	}
	if len(p.groupBy) > 0 {
		columns = append(columns, question.Column{Name: colCount, Type: question.Integer})
	}
	return columns
}

func typeOf(s view.Storage) question.Type {
	switch s {
	case view.Integer:
		return question.Integer
	case view.Boolean:
		return question.Boolean
	case view.Set:
		return question.Set
	}
	return question.Text
}

// noItems is the set that says nothing.
var noItems = change.Set(nil)

// row distinguishes what is absent in columns that were asked for by name from
// what nobody asked for.
func (p *plan) row(from view.Row) question.Row {
	row := make(question.Row, len(p.shown))
	for i := range p.shown {
		c := &p.shown[i]
		switch value := from.Values[c.read]; {
		case c.quiet && value == noItems, value.IsNull() && !p.chosen:
			row[i] = question.Absent
		case value.IsNull():
			row[i] = change.Null
		default:
			row[i] = c.make(value)
		}
	}
	return row
}

// group is a row of counts.
func (p *plan) group(from view.Group) question.Row {
	row := make(question.Row, 0, len(p.shown)+1)
	for i := range p.shown {
		value := from.Values[p.shown[i].read]
		if !value.IsNull() {
			value = p.shown[i].make(value)
		}
		row = append(row, orNull(value))
	}
	return append(row, change.Int(from.Count))
}

// orNull shows that a value is absent in a column that was asked for by name.
func orNull(value change.Value) change.Value {
	if value.IsNull() {
		return change.Null
	}
	return value
}

// unitCode shows a unit by its division code, as people know it.
func (p *plan) unitCode(value change.Value) change.Value {
	if u, ok := p.tree.Unit(change.UnitID(value.Text())); ok {
		return change.Text(u.Code)
	}
	return value
}
