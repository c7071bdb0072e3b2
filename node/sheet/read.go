package sheet

import (
	"encoding/json"
	"errors"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// Problem is what is wrong with one cell, or with a row as a whole.
type Problem struct {
	Field *schema.Field // nil: of the row
	Err   error         // names no content
	Text  string        // of the cell, as the file has it
}

// Row is one row of a table.
type Row struct {
	Line     int    // its name in a run: unlike that of every other row of the file
	Number   int    // of the row in its sheet, from 1
	Hidden   bool   // the file does not show it
	Unit     string // the unit that the row says it is of; empty: it does not say
	Item     []byte // the object, in JSON, as desk takes it
	Problems []Problem
}

// perSheet is how many rows a sheet may have, for the names of rows.
const perSheet = 1 << 20

// Rows reads the rows in their order and calls fn for each that is not empty. What it
// passes is good until fn returns.
func (t *Table) Rows(fn func(*Row) error) error {
	return t.each(func(_ line, row *Row) error { return fn(row) })
}

// each also passes the row as the file has it.
func (t *Table) each(fn func(line, *Row) error) error {
	read := func(from line) (*Row, error) { return t.readCells(t.header, from) }
	switch {
	case t.header == nil && t.theirs != nil:
		read = t.readTheirObject
	case t.header == nil:
		read = t.readObject
	}
	err := t.source.each(func(from line) error {
		if t.header != nil && (from.number <= t.header.number || isBlank(from)) {
			return nil
		}
		row, err := read(from)
		if err != nil {
			return err
		}
		row.Line, row.Number, row.Hidden = t.place*perSheet+from.number, from.number, from.hidden
		if from.wrong != nil {
			row.Problems = append(row.Problems, Problem{Err: from.wrong})
		}
		return fn(from, row)
	})
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

func isBlank(row line) bool {
	for _, c := range row.cells {
		if c.Sort != Blank && (c.Sort != Text || strings.TrimSpace(c.Text) != "") {
			return false
		}
	}
	return row.wrong == nil
}

// readCells makes an object of a row. An empty cell says nothing of a record, but in a
// form that was filled in before, whose version says what it was: there it empties
// the field.
func (t *Table) readCells(h *header, from line) (*Row, error) {
	row, object := &Row{}, map[string]any{}
	filled, form := false, false
	for _, c := range h.columns {
		cell := cellAt(from, c.at)
		switch c.use {
		case ofField:
			t.readField(row, object, c, cell)
		case ofID, ofVersion:
			form = form || c.use == ofVersion
			if c.use == ofID && t.theirs != nil && isCut(cell) {
				row.Problems = append(row.Problems, Problem{Err: errCut})
				continue
			}
			if text := strings.TrimSpace(cell.Text); text != "" {
				object[map[use]string{ofID: "id", ofVersion: "version"}[c.use]] = text
				filled = filled || c.use == ofVersion
			}
		case ofUnit:
			row.Unit = unitCode(cell.Text)
		}
	}
	if t.theirs != nil {
		t.readLast(h, row, object, from)
	}
	if form && !filled && object["id"] != nil {
		row.Problems = append(row.Problems, Problem{Err: errNoVersion})
	}
	if !filled {
		for name, value := range object {
			if value == nil {
				delete(object, name)
			}
		}
	}
	raw, err := json.Marshal(object)
	row.Item = raw
	return row, fault.Wrap("read a row", err)
}

// errNoVersion rejects a row of a form that was filled in before. Without its version
// the record would be overwritten, and nobody could say with what it was as it was read.
var errNoVersion = fault.New(fault.Invalid, "the row has the id of a record and no version").
	WithHint("put the version of the form back, or make the form again with tongbu export --template: without it nobody knows what would be overwritten")

func (t *Table) readField(row *Row, object map[string]any, c column, cell Cell) {
	read := func() (change.Value, error) { return readCell(c.field, cell, t.system) }
	if t.theirs != nil {
		read = func() (change.Value, error) { return t.readTheirCell(c, cell) }
	}
	value, err := read()
	if err != nil {
		row.Problems = append(row.Problems, Problem{Field: c.field, Err: err, Text: cell.Text})
		return
	}
	item, err := value.Get()
	if err != nil {
		row.Problems = append(row.Problems, Problem{Field: c.field, Err: fault.Wrap("read the cell", err), Text: cell.Text})
		return
	}
	object[c.field.Name] = item
}

func cellAt(row line, at int) Cell {
	if at < len(row.cells) {
		return row.cells[at]
	}
	return Cell{}
}

// unitCode is the code of a unit where its name stands beside it.
func unitCode(text string) string {
	code, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return code
}

var errNoObject = fault.New(fault.Invalid, "not a JSON object").WithHint("one JSON object a line")

// readObject takes a line of JSON as it is. The reason that older
// programs wrote into a rejected row is taken out, and the unit, which no record sets.
func (t *Table) readObject(from line) (*Row, error) {
	row := &Row{Item: from.raw}
	object := map[string]json.RawMessage{}
	if json.Unmarshal(from.raw, &object) != nil {
		row.Item = nil
		row.Problems = append(row.Problems, Problem{Err: errNoObject})
		return row, nil //nolint:nilerr // the row's problem says it
	}
	if version, given := object["version"]; given && object["id"] != nil && (string(version) == "null" || string(version) == `""`) {
		row.Problems = append(row.Problems, Problem{Err: errNoVersion})
	}
	unit, said := object["unit"]
	if said {
		if err := json.Unmarshal(unit, &row.Unit); err != nil {
			row.Problems = append(row.Problems, Problem{Err: fault.New(fault.Invalid, "the unit is not a text")})
		}
	}
	if _, rejected := object[reasonColumn]; rejected || said {
		delete(object, reasonColumn)
		delete(object, "unit")
		raw, err := json.Marshal(object)
		if err != nil {
			return nil, fault.As(fault.Internal, "read a row", err)
		}
		row.Item = raw
	}
	return row, nil
}
