package sheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/mapping"
	"tongbu/internal/plain"
	"tongbu/internal/schema"
)

// theirTitles are the names of columns that another system's table has.
func theirTitles(of *mapping.Table, k *schema.Kind) titles {
	t := titles{kind: k, theirs: of, names: map[string]column{reasonColumn: {use: ofNothing}, plainTitle(reasonEnglish): {use: ofNothing}, numberColumn: {use: ofNothing}, mapping.Rest: {use: ofRest}}}
	for _, c := range of.Columns {
		one := column{use: ofField, their: c.Name}
		switch f, ok := k.Field(c.Field); {
		case ok:
			one.field = f
		case c.Is == mapping.Unit:
			one.use = ofUnit
		default:
			one.use = ofID
		}
		t.names[plainTitle(c.Name)] = one
	}
	return t
}

// readTheirCell makes a cell of theirs the value of a field.
func (t *Table) readTheirCell(c column, cell Cell) (change.Value, error) {
	f := c.field
	isCoded := f.Type == schema.Code || f.Type == schema.Codes || f.Type == schema.Boolean
	if !isCoded || cell.Sort != Text && cell.Sort != Number && cell.Sort != Truth {
		return readCell(f, cell, t.system)
	}
	said := strings.TrimSpace(narrow(cell.Text))
	switch {
	case said == "":
		return change.Null, nil
	case cell.Sort == Number:
		said = plainDecimals(said)
	case cell.Sort == Truth:
		said = map[bool]string{true: "1", false: "0"}[isTrue(said)]
	}
	if f.Type != schema.Codes {
		return t.ourCode(c, cell.Sort, said)
	}
	var codes []string
	for _, part := range strings.FieldsFunc(said, func(r rune) bool { return strings.ContainsRune(",;、", r) }) {
		value, err := t.ourCode(c, cell.Sort, strings.TrimSpace(part))
		if err != nil {
			return "", err
		}
		codes = append(codes, value.Text())
	}
	return f.Parse(codes)
}

// ourCode is the value of one code of theirs.
func (t *Table) ourCode(c column, sort Sort, said string) (change.Value, error) {
	m := t.theirs.Map
	if c.field.Type == schema.Boolean {
		switch said {
		case m.Yes:
			return change.Bool(true), nil
		case m.No:
			return change.Bool(false), nil
		}
		return "", errTheirCode(m, c, said)
	}
	code, ok := m.Ours(c.field, said)
	if padded, one := m.Padded(c.field, said); !ok && one && sort == Number {
		code, ok = m.Ours(c.field, padded)
	}
	if !ok {
		return "", errTheirCode(m, c, said)
	}
	return change.Text(code), nil
}

func errTheirCode(m *mapping.Map, c column, said string) error {
	return fault.New(fault.Invalid, "column %s: map %s has no code %s", c.their, m.Name, shorten(plain.Line(said))).
		WithHint("tongbu schema --map %s lists the codes", m.Name)
}

var errRest = fault.New(fault.Invalid, "column %s is not as it was written", mapping.Rest).WithHint("leave the column as it is, or remove it")

// readRest takes what had no column, as an export wrote it.
func (t *Table) readRest(row *Row, object map[string]any, cell Cell) {
	if strings.TrimSpace(cell.Text) == "" {
		return
	}
	rest := map[string]any{}
	if err := decodeObject([]byte(cell.Text), &rest); err != nil {
		row.Problems = append(row.Problems, Problem{Err: errRest, Text: cell.Text})
		return
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		said, isText := rest[name].(string)
		f, known := t.Kind.Field(name)
		switch {
		case name == "unit" && isText && row.Unit == "":
			row.Unit = said
		case name == "id" && isText && object["id"] == nil:
			object["id"] = said
		case name == "id" || name == "unit" || !known || f.Name != name || f.ReadOnly || f.IsComputed():
			row.Problems = append(row.Problems, Problem{Err: errRest, Text: cell.Text})
		case object[name] != nil:
			row.Problems = append(row.Problems, Problem{Field: f, Text: cell.Text, Err: fault.New(fault.Invalid, "another column says it too beside %s", mapping.Rest).WithHint("leave one of them")})
		default:
			object[name] = rest[name]
		}
	}
}

// readLast reads the columns that take what the others have left.
func (t *Table) readLast(h *header, row *Row, object map[string]any, from line) {
	for _, c := range h.columns {
		if c.use == ofRest {
			t.readRest(row, object, cellAt(from, c.at))
		}
	}
	t.keep(h, row, object, from)
}

// keep puts into the remark what stands in columns that the map does not know, so that
// nothing of the file is lost.
func (t *Table) keep(h *header, row *Row, object map[string]any, from line) {
	names := map[int]string{}
	for _, c := range h.columns {
		names[c.at] = ""
		if c.use == ofUnknown {
			names[c.at] = printable(c.title)
		}
	}
	var parts []string
	if said, ok := object[remarkField].(string); ok {
		parts = append(parts, said)
	}
	for at, cell := range from.cells {
		name, titled := names[at]
		if !titled {
			name = columnName(at)
		}
		if said := strings.TrimSpace(t.plainly(row, cell)); name != "" && said != "" {
			parts = append(parts, name+"="+said)
		}
	}
	if len(parts) > 0 {
		object[remarkField] = strings.Join(parts, "；")
	}
}

// remarkField is the field of each kind that keeps what has no other.
const remarkField = "remark"

// plainly is what a cell says to whoever reads it.
func (t *Table) plainly(row *Row, cell Cell) string {
	switch cell.Sort {
	case Day:
		if day, err := t.system.day(cell.Text); err == nil {
			return day
		}
	case Unsolved:
		row.Problems = append(row.Problems, Problem{Err: errNoValue})
	case Across:
		row.Problems = append(row.Problems, Problem{Err: errMerged})
	case Garbled:
		row.Problems = append(row.Problems, Problem{Err: errGarbled})
	}
	return cell.Text
}

// readTheirObject reads a line of JSON by the names of another system.
func (t *Table) readTheirObject(from line) (*Row, error) {
	object := map[string]any{}
	if err := decodeObject(from.raw, &object); err != nil {
		return &Row{Problems: []Problem{{Err: errNoObject}}}, nil //nolint:nilerr // the row's problem says it
	}
	h := &header{kind: t.Kind, theirs: t.theirs}
	names := theirTitles(t.theirs, t.Kind)
	for i, key := range slices.Sorted(maps.Keys(object)) {
		cell, err := cellOfJSON(object[key])
		if err != nil {
			return nil, err
		}
		from.cells = append(from.cells, cell)
		h.columns = append(h.columns, names.column(key, i))
	}
	if _, err := h.check("JSON"); err != nil {
		return &Row{Problems: []Problem{{Err: err}}}, nil //nolint:nilerr // the row's problem says it
	}
	return t.readCells(h, from)
}

// cellOfJSON is a value of JSON as a cell; one that has others in it is their text.
func cellOfJSON(value any) (Cell, error) {
	switch x := value.(type) {
	case nil:
		return Cell{}, nil
	case string:
		return Cell{Sort: Text, Text: x}, nil
	case json.Number:
		return Cell{Sort: Number, Text: x.String()}, nil
	case bool:
		return Cell{Sort: Truth, Text: map[bool]string{true: "1", false: "0"}[x]}, nil
	}
	raw, err := json.Marshal(value)
	return Cell{Sort: Text, Text: string(raw)}, fault.Wrap("read a row", err)
}

// decodeObject reads one object of JSON with its numbers as they are written.
func decodeObject(raw []byte, to *map[string]any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || *to == nil {
		return errNoObject
	}
	return nil
}
