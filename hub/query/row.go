package query

import (
	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/schema"
)

// columns are those of the answer, with the types that row gives them.
func (p *plan) columns() []question.Column {
	if len(p.groupBy) == 0 {
		columns := p.typedColumns(p.query.Columns)
		for i, masked := range p.masked {
			if masked {
				columns[i].Type = question.Text
			}
		}
		return columns
	}
	columns := p.typedColumns(p.groupBy)
	for i := range columns {
		if columns[i].Type == question.Set { // each of its items is counted
			columns[i].Type = question.Text
		}
	}
	return append(columns, question.Column{Name: colCount, Type: question.Integer})
}

func (p *plan) typedColumns(names []string) []question.Column {
	columns := make([]question.Column, len(names), len(names)+1)
	for i, name := range names {
		storage, _ := view.StorageOf(p.kind, name) // column has found it
		columns[i] = question.Column{Name: name, Type: typeOf(storage)}
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

// row distinguishes what is absent in columns that were asked for by name from
// what nobody asked for.
func (p *plan) row(from view.Row) question.Row {
	row := make(question.Row, len(from.Values))
	for i, value := range from.Values {
		switch {
		case value.IsNull() && !p.chosen:
			row[i] = question.Absent
		case value.IsNull():
			row[i] = change.Null
		case p.masked[i]:
			row[i] = change.Text(schema.Masked(value.Text()))
		case p.isUnit(p.query.Columns[i]):
			row[i] = p.unitCode(value)
		default:
			row[i] = value
		}
	}
	return row
}

// orNull shows that a value is absent in a column that was asked for by name.
func orNull(value change.Value) change.Value {
	if value.IsNull() {
		return change.Null
	}
	return value
}

// isUnit reports whether a column names a unit.
func (p *plan) isUnit(column string) bool {
	f, ok := p.kind.Field(column)
	return ok && f.Type == schema.Unit
}

// unitCode shows a unit by its division code, as people know it.
func (p *plan) unitCode(value change.Value) change.Value {
	if u, ok := p.tree.Unit(change.UnitID(value.Text())); ok {
		return change.Text(u.Code)
	}
	return value
}
