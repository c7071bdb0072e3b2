package sheet

import (
	"slices"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Names of columns that are no fields.
const (
	idColumn      = "记录标识"
	versionColumn = "记录版本"
	reasonColumn  = "退回原因"
	numberColumn  = "序号"
)

// use is what a column is for.
type use uint8

const (
	ofField use = iota
	ofID
	ofVersion
	ofUnit
	ofNothing // known, and not read
	ofUnknown
)

// column is one column of a sheet.
type column struct {
	at    int // from 0
	use   use
	field *schema.Field
	title string // as people know it
}

// header is the row with the names of the columns.
type header struct {
	kind    *schema.Kind
	number  int // of its row
	columns []column
}

// known counts the columns that are read.
func (h *header) known() (n int) {
	for _, c := range h.columns {
		if c.use == ofField {
			n++
		}
	}
	return n
}

// readHeader reads a row as the header of a kind.
func readHeader(kinds Kinds, k *schema.Kind, row line) *header {
	h := &header{kind: k, number: row.number}
	for i, cell := range row.cells {
		title := plainTitle(cell.Text)
		if cell.Sort == Blank || title == "" {
			continue
		}
		c := column{at: i, title: title}
		c.use, c.field = columnOf(kinds, k, title)
		h.columns = append(h.columns, c)
	}
	return h
}

// plainTitle takes out of a title what forms add to it: breaks, blanks, stars, and
// that the field must be filled in.
func plainTitle(title string) string {
	title = strings.NewReplacer("（必填）", "", "(必填)", "", "（选填）", "", "(选填)", "", "*", "", "＊", "", "★", "", "☆", "", "※", "").Replace(title)
	return strings.Join(strings.FieldsFunc(title, func(r rune) bool { return r <= ' ' || r == '\u00a0' || r == '\u3000' || r == '\u200b' || r == '\ufeff' }), "")
}

func columnOf(kinds Kinds, k *schema.Kind, title string) (use, *schema.Field) {
	switch {
	case title == idColumn || strings.EqualFold(title, "id"):
		return ofID, nil
	case title == versionColumn || strings.EqualFold(title, "version"):
		return ofVersion, nil
	case title == reasonColumn || title == numberColumn:
		return ofNothing, nil
	}
	if f := fieldTitled(k, title); f != nil {
		switch {
		case f.Name == "unit":
			return ofUnit, nil
		case f.ReadOnly || f.IsComputed():
			return ofNothing, nil
		}
		return ofField, f
	}
	if f := calledBy(kinds, k, title); f != nil {
		return ofField, f
	}
	return ofUnknown, nil
}

// fieldTitled finds a field by its label in either language, its standard code or its
// name.
func fieldTitled(k *schema.Kind, title string) *schema.Field {
	if f, ok := k.Field(title); ok {
		return f
	}
	for _, f := range k.Fields {
		if plainTitle(f.Label.Zh) == title || f.Label.En != "" && strings.EqualFold(plainTitle(f.Label.En), title) {
			return f
		}
	}
	return nil
}

// calledBy finds the reference whose records stand once in a unit by a field of this
// title: a member names its household by the form number.
func calledBy(kinds Kinds, k *schema.Kind, title string) (found *schema.Field) {
	for _, f := range k.Fields {
		to, ok := kinds.Kind(f.Ref)
		if f.Type != schema.Ref || !ok {
			continue
		}
		for _, key := range to.Keys() {
			if fieldTitled(to, title) == key {
				if found != nil {
					return nil // it could be either
				}
				found = f
			}
		}
	}
	return found
}

// check refuses a header in which a field stands twice, and lists what else is to be
// said of it.
func (h *header) check(sheet string) (told []*fault.Error, err error) {
	met := map[string]column{}
	for _, c := range h.columns {
		name := c.title
		switch c.use {
		case ofField:
			name = c.field.Name
		case ofNothing, ofUnknown:
			continue
		}
		if first, twice := met[name]; twice {
			return nil, fault.New(fault.Invalid, "%s: columns %s and %s are both %s", sheet, columnName(first.at), columnName(c.at), c.title).
				WithHint("leave one of them; nothing was written")
		}
		met[name] = c
	}
	for _, c := range h.columns {
		if c.use == ofUnknown {
			told = append(told, fault.New(fault.Invalid, "%s: column %s (%s) is not read: %s has no such field", sheet, columnName(c.at), shorten(c.title), h.kind.Label.Zh))
		}
	}
	return append(told, h.missing(sheet)...), nil
}

// missing lists the fields that a record must have and the sheet has not.
func (h *header) missing(sheet string) []*fault.Error {
	var must, should []string
	for _, f := range h.kind.Fields {
		has := slices.ContainsFunc(h.columns, func(c column) bool { return c.field == f })
		switch {
		case has || f.ReadOnly || f.IsComputed():
		case f.Must == schema.Hard:
			must = append(must, f.Label.Zh)
		case f.Must == schema.Soft && f.FromID == "":
			should = append(should, f.Label.Zh)
		}
	}
	var told []*fault.Error
	if must != nil {
		told = append(told, fault.New(fault.Invalid, "%s: no column %s: new records are rejected without it", sheet, strings.Join(must, "、")))
	}
	if should != nil {
		told = append(told, fault.New(fault.Invalid, "%s: no column %s", sheet, strings.Join(should, "、")))
	}
	return told
}

// shorten cuts what somebody else has written: it may be anything, also a person's
// number.
func shorten(title string) string {
	if schema.HoldsIDNumber(title) {
		return "…"
	}
	if r := []rune(title); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return title
}
