package facts

import "tongbu/internal/change"

// cells are the values of a row, gathered from several entries.
type cells map[string]change.Value

// person begins a row of a ledger with what all of them say of the person.
func (f *family) person(m *member) cells {
	return cells{
		"person": change.Text(string(m.ID)), "household": m.value("household"),
		"name": m.value("name"), "sex": m.value("sex"), "id_number": m.value("id_number"),
	}
}

// from copies fields of an entry under their own names.
func (c cells) from(e *Entry, fields ...string) cells {
	for _, field := range fields {
		c[field] = e.value(field)
	}
	return c
}

// as copies one field of an entry under another name.
func (c cells) as(name string, e *Entry, field string) cells {
	c[name] = e.value(field)
	return c
}

// either copies the first of two that has a value.
func (c cells) either(name string, a, b change.Value) cells {
	if c[name] = a; a.IsNull() {
		c[name] = b
	}
	return c
}

// and adds other cells.
func (c cells) and(more cells) cells {
	for name, value := range more {
		c[name] = value
	}
	return c
}

// day sets a date.
func (c cells) day(name, date string) cells {
	c[name] = change.TextOrNull(date)
	return c
}

// with sets a value.
func (c cells) with(name string, value change.Value) cells {
	c[name] = value
	return c
}
