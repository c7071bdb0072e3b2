package sheet

import (
	"slices"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/mapping"
	"tongbu/internal/plain"
	"tongbu/internal/schema"
)

// Names of columns that are no fields.
const (
	idColumn      = "记录标识"
	versionColumn = "记录版本"
	reasonColumn  = "退回原因"
	numberColumn  = "序号"
	reasonEnglish = "Why rejected"
)

// reasonLabel is what the column is called that says why a row is rejected.
var reasonLabel = schema.Label{Zh: reasonColumn, En: reasonEnglish}

// isReason reports whether a title is of that column.
func isReason(title string) bool {
	return slices.Contains([]string{reasonColumn, plainTitle(reasonEnglish)}, plainTitle(title))
}

// use is what a column is for.
type use uint8

const (
	ofField use = iota
	ofID
	ofVersion
	ofUnit
	ofNothing // known, and not read
	ofUnknown
	ofNumber // of another system's table: the record's own number, else its id
	ofRest   // of another system's table: what has no other column
)

// column is one column of a sheet.
type column struct {
	at    int // from 0
	use   use
	field *schema.Field
	title string // as people know it
	their string // what another system's map calls it
}

// header is the row with the names of the columns.
type header struct {
	kind    *schema.Kind
	theirs  *mapping.Table // nil: it is of our names
	label   Labels
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

// titles are the names of columns that a sheet of a kind may have, in their plain form.
type titles struct {
	kind   *schema.Kind
	theirs *mapping.Table // nil: ours
	names  map[string]column
}

func titlesOf(kinds Kinds, k *schema.Kind) titles {
	t := titles{kind: k, names: map[string]column{}}
	for name, use := range map[string]use{idColumn: ofID, "id": ofID, versionColumn: ofVersion, "version": ofVersion, reasonColumn: ofNothing, plainTitle(reasonEnglish): ofNothing, numberColumn: ofNothing} {
		t.names[name] = column{use: use}
	}
	for _, f := range k.Fields {
		c := column{use: ofField, field: f}
		switch {
		case f.Name == "unit":
			c = column{use: ofUnit}
		case f.ReadOnly || f.IsComputed():
			c = column{use: ofNothing}
		}
		t.add(c, f)
	}
	t.addCalled(kinds)
	return t
}

// add names a column by the field's label in either language, its standard code and
// its name. What is named first stays.
func (t titles) add(c column, f *schema.Field) {
	for _, name := range []string{f.Label.Zh, f.Code, f.Name, f.Label.En} {
		name = plainTitle(name)
		if _, taken := t.names[name]; !taken && name != "" {
			t.names[name] = c
		}
	}
}

// addCalled names references by what stands once in a unit of their records: a member
// names its household by the form number. A title that could be of either of two
// references is of none.
func (t titles) addCalled(kinds Kinds) {
	times := map[*schema.Field]int{}
	for _, f := range t.kind.Fields {
		if to, ok := kinds.Kind(f.Ref); ok {
			for _, key := range to.Keys() {
				times[key]++
			}
		}
	}
	for _, f := range t.kind.Fields {
		if to, ok := kinds.Kind(f.Ref); ok {
			for _, key := range to.Keys() {
				if times[key] == 1 {
					t.add(column{use: ofField, field: f}, key)
				}
			}
		}
	}
}

// read reads a row as a header.
func (t titles) read(row line) *header {
	h := &header{kind: t.kind, theirs: t.theirs, number: row.number}
	for i, cell := range row.cells {
		if cell.Sort != Blank && plainTitle(cell.Text) != "" {
			h.columns = append(h.columns, t.column(cell.Text, i))
		}
	}
	return h
}

// column is the one that a title names, at a place.
func (t titles) column(title string, at int) column {
	c, known := t.names[plainTitle(title)]
	if !known {
		c.use = ofUnknown
	}
	c.at, c.title = at, strings.TrimSpace(title)
	return c
}

// marks are what forms add to a title: that the field must be filled in.
var marks = strings.NewReplacer("（必填）", "", "(必填)", "", "（选填）", "", "(选填)", "", "*", "", "＊", "", "★", "", "☆", "", "※", "")

// plainTitle takes the marks, breaks and blanks out of a title.
func plainTitle(title string) string {
	return strings.ToLower(strings.Join(strings.FieldsFunc(narrow(marks.Replace(title)), func(r rune) bool {
		return r <= ' ' || r == '\u00a0' || r == '\u3000' || r == '\u200b' || r == '\ufeff'
	}), ""))
}

// check refuses a header in which a field stands twice, and lists what else is to be
// said of it.
func (h *header) check(sheet string) (told []*fault.Error, err error) {
	met := map[string]column{}
	for _, c := range h.columns {
		name := map[use]string{ofID: idColumn, ofVersion: versionColumn, ofUnit: "unit", ofRest: mapping.Rest}[c.use]
		switch c.use {
		case ofField:
			name = c.field.Name
		case ofNothing, ofUnknown:
			continue
		}
		if first, twice := met[name]; twice {
			return nil, fault.New(fault.Invalid, "%s: columns %s and %s are both %s", sheet, columnName(first.at), columnName(c.at), shorten(c.title)).
				WithHint("leave one of them; nothing was written")
		}
		met[name] = c
	}
	return append(h.unknown(sheet), h.missing(sheet)...), nil
}

// maxTold is how many columns are told that are not read, one by one: of a sheet of
// another kind that may be a thousand.
const maxTold = 10

// unknown lists the columns that are not read.
func (h *header) unknown(sheet string) (told []*fault.Error) {
	more := 0
	for _, c := range h.columns {
		switch {
		case c.use != ofUnknown:
		case len(told) == maxTold:
			more++
		case h.theirs != nil:
			told = append(told, fault.New(fault.Invalid, "%s: column %s (%s) goes into the remark of the rows that are taken in: map %s does not know it", sheet, columnName(c.at), shorten(printable(c.title)), h.theirs.Map.Name))
		default:
			told = append(told, fault.New(fault.Invalid, "%s: column %s (%s) is not read: %s has no such field", sheet, columnName(c.at), shorten(printable(c.title)), h.label.of(h.kind.Label)))
		}
	}
	switch {
	case more > 0 && h.theirs != nil:
		told = append(told, fault.New(fault.Invalid, "%s: %d columns more go into the remark of the rows that are taken in", sheet, more))
	case more > 0:
		told = append(told, fault.New(fault.Invalid, "%s: %d columns more are not read", sheet, more))
	}
	return told
}

// filledIn are the fields that the hub fills in of what it knows.
var filledIn = map[string][]string{"layoff_worker": {"person", "on", "leaving_on"}}

// missing lists the fields that a record must have and the sheet has not, under the names
// that the sheet would have them. What another system has no column for is not missed.
func (h *header) missing(sheet string) []*fault.Error {
	var must, should []string
	if slices.ContainsFunc(h.columns, func(c column) bool { return c.use == ofRest }) {
		return nil // there they are
	}
	for _, f := range h.kind.Fields {
		has := slices.ContainsFunc(h.columns, func(c column) bool { return c.field == f })
		switch {
		case has || f.ReadOnly || f.IsComputed() || slices.Contains(filledIn[h.kind.Name], f.Name):
		case f.Must == schema.Hard:
			must = append(must, h.called(f))
		case f.Must == schema.Soft && f.FromID == "" && (h.theirs == nil || h.theirs.Has(f.Name)):
			should = append(should, h.called(f))
		}
	}
	var told []*fault.Error
	if must != nil {
		told = append(told, fault.New(fault.Invalid, "%s: no column %s: new records are rejected without it", sheet, strings.Join(must, h.label.of(comma))))
	}
	if should != nil {
		told = append(told, fault.New(fault.Invalid, "%s: no column %s", sheet, strings.Join(should, h.label.of(comma))))
	}
	return told
}

// printable is a title as it is told and written into a remark: what no text may have is a
// question mark.
func printable(title string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(plain.Line(title)), " "), "\ufffd", "?")
}

// called is what the sheet would call a field.
func (h *header) called(f *schema.Field) string {
	if h.theirs != nil {
		for _, c := range h.theirs.Columns {
			if c.Field == f.Name {
				return c.Name
			}
		}
	}
	return h.label.of(f.Label)
}

// shorten cuts what somebody else has written: it may be anything, also a person's
// number.
func shorten(title string) string {
	digits := 0
	for _, r := range narrow(title) {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	if digits > 8 {
		return "…"
	}
	if r := []rune(title); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return title
}
