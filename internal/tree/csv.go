package tree

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Limits of a file of units.
const (
	MaxFile = 16 << 20 // bytes
	MaxRows = 100_000
)

// Row is one unit of a file, before it has an id.
type Row struct {
	Line       int // where it stands in the file, from 1
	Code, Name string
	Level      Level
	ParentCode string // empty for the root
}

// ParseCSV reads the units at or below the root from a file with the columns
// code, name, level and parent_code. Where there is a column until, as the list of
// a network's units has, a unit with a day there stands no longer and is left out;
// other columns are ignored. Units above the root are left out. Parents come before their children, the root first.
// It returns Invalid, naming the line, for a row that is malformed, repeated,
// or not below the root.
func ParseCSV(r io.Reader, root string) ([]Row, error) {
	if err := validCode(root); err != nil {
		return nil, err
	}
	rows, err := readRows(r)
	if err != nil {
		return nil, err
	}
	return rowsBelow(rows, root)
}

// Assign makes units of rows as ParseCSV returns them, with a new id for each.
func Assign(rows []Row, newID func() change.UnitID) []Unit {
	ids := make(map[string]change.UnitID, len(rows))
	units := make([]Unit, len(rows))
	for i, row := range rows {
		ids[row.Code] = newID()
		units[i] = Unit{ID: ids[row.Code], Code: row.Code, Name: row.Name, Level: row.Level, Parent: ids[row.ParentCode]}
	}
	return units
}

func readRows(r io.Reader) ([]Row, error) {
	limited := &io.LimitedReader{R: r, N: MaxFile + 1}
	in := csv.NewReader(limited)
	in.FieldsPerRecord = -1
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return nil, readFault(err)
	}
	columns, err := findColumns(header)
	if err != nil {
		return nil, err
	}
	until := slices.Index(header, "until")
	var rows []Row
	for read := 0; ; read++ {
		record, err := in.Read()
		if limited.N <= 0 || read > MaxRows {
			return nil, fault.New(fault.Invalid, "the file of units is larger than %d bytes or %d rows", MaxFile, MaxRows)
		}
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, readFault(err)
		}
		if until >= 0 && until < len(record) && strings.TrimSpace(record[until]) != "" {
			continue
		}
		line, _ := in.FieldPos(0)
		row, err := columns.row(record, line)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
}

// readFault classes a form error as Invalid (its text holds positions, no
// content) and leaves a failure to read as it is.
func readFault(err error) error {
	var form *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return fault.New(fault.Invalid, "the file of units is empty")
	case errors.As(err, &form):
		return fault.As(fault.Invalid, "read the file of units", err)
	}
	return fault.Wrap("read the file of units", err)
}

var columnNames = [...]string{"code", "name", "level", "parent_code"}

// columns holds where the columns of columnNames stand.
type columns [len(columnNames)]int

func findColumns(header []string) (columns, error) {
	var found columns
	for i := range header {
		header[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(header[i], "\ufeff")))
	}
	for i, name := range columnNames {
		found[i] = slices.Index(header, name)
		if found[i] < 0 || slices.Contains(header[found[i]+1:], name) {
			return found, fault.New(fault.Invalid, "line 1: column %s must stand in the header once", name).
				WithHint("the first line is code,name,level,parent_code")
		}
	}
	return found, nil
}

// row reads one record. The level may be 1, a province above the root.
func (c columns) row(record []string, line int) (Row, error) {
	var cell [len(columnNames)]string
	for i, at := range c {
		if at >= len(record) {
			return Row{}, fault.New(fault.Invalid, "line %d: column %s is missing", line, columnNames[i])
		}
		cell[i] = strings.Clone(strings.TrimSpace(record[at]))
	}
	level, err := strconv.Atoi(cell[2])
	if err != nil || level < 1 || level > int(Community) {
		return Row{}, fault.New(fault.Invalid, "line %d: the level is not 1 to 5", line)
	}
	row := Row{Line: line, Code: cell[0], Name: cell[1], Level: Level(level), ParentCode: cell[3]}
	return row, row.validate()
}

func (r *Row) validate() error {
	err := validCode(r.Code)
	if err == nil && r.ParentCode != "" {
		err = validCode(r.ParentCode)
	}
	if err == nil {
		err = CheckName(r.Name)
	}
	return fault.Wrap("line "+strconv.Itoa(r.Line), err)
}
