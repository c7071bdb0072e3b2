package sheet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"tongbu/internal/fault"
	"tongbu/internal/plain"
)

// Reasons are why rows are rejected, in words for people, by the name of the row.
type Reasons map[int]string

// WriteRejects writes the rejected rows of tables as the file had them, with the
// reason in a last column, in JSON Lines beside the row: in the same format, on sheets of
// the same names, and CSV in the same encoding. Characters that nobody sees are shown. Corrected there, the file is imported as any other. What does not
// fit into memory is kept in tmp until it is written.
func (f *File) WriteRejects(w io.Writer, tmp string, tables []*Table, why Reasons) error {
	switch f.Format {
	case JSONL:
		return f.rejectObjects(w, tables, why)
	case CSV:
		return f.rejectLines(w, tables, why)
	}
	return rejectSheets(w, tmp, tables, why)
}

func (f *File) rejectObjects(w io.Writer, tables []*Table, why Reasons) error {
	out := bufio.NewWriter(w)
	for _, t := range tables {
		err := t.each(func(from line, row *Row) error {
			reason, rejected := why[row.Line]
			if !rejected {
				return nil
			}
			whole, err := withReason(from.raw, reason)
			if err == nil {
				_, err = out.Write(append(whole, '\n'))
			}
			return fault.Wrap("write", err)
		})
		if err != nil {
			return err
		}
	}
	return fault.Wrap("write", out.Flush())
}

// wrapped is a line of rejected JSON Lines: a reason beside the row, so that it takes no
// name from a field.
type wrapped struct {
	Reason string          `json:"reason"`
	Row    json.RawMessage `json:"row"`
}

// withReason puts the reason beside a row; of what is no JSON the row is the text.
func withReason(raw []byte, reason string) ([]byte, error) {
	if !json.Valid(raw) {
		raw, _ = json.Marshal(string(raw)) // a text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(wrapped{Reason: reason, Row: raw})
	return plain.JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), fault.Wrap("write", err)
}

// unwrap is the row of a line that has its reason beside it, else the line.
func unwrap(raw []byte) []byte {
	object := map[string]json.RawMessage{}
	if !bytes.Contains(raw, []byte(`"row"`)) || json.Unmarshal(raw, &object) != nil || len(object) != 2 || object["reason"] == nil || object["row"] == nil {
		return raw
	}
	var text string
	if json.Unmarshal(object["row"], &text) == nil { // of what was no JSON
		return []byte(text)
	}
	return object["row"]
}

func (f *File) rejectLines(w io.Writer, tables []*Table, why Reasons) error {
	out := bufio.NewWriter(w)
	e := newEncoder(f.csv.charset)
	if f.csv.mark {
		out.WriteString(markOf(f.csv.charset)) //nolint:errcheck // the flush says it
	}
	for _, t := range tables {
		width := t.width()
		titles := t.titles()
		if err := e.writeRecord(out, append(titles, t.label.of(reasonLabel)), f.csv.comma); err != nil {
			return err
		}
		err := t.each(func(from line, row *Row) error {
			reason, rejected := why[row.Line]
			if !rejected {
				return nil
			}
			cells := make([]string, max(width, len(from.cells)))
			for i, c := range from.cells {
				if cells[i] = plain.Text(c.Text); c.Sort == Text {
					cells[i] = guardCell(cells[i])
				}
			}
			if len(from.cells) > width { // beyond the last column that has a name
				reason += "（" + strconv.Itoa(len(from.cells)) + "）"
				cells = cells[:width]
			}
			return e.writeRecord(out, append(cells, guardCell(reason)), f.csv.comma)
		})
		if err != nil {
			return err
		}
	}
	return fault.Wrap("write", out.Flush())
}

// markOf is the mark at the beginning of a text file.
func markOf(c Charset) string {
	switch c {
	case utf16le:
		return "\xff\xfe"
	case utf16be:
		return "\xfe\xff"
	}
	return "\ufeff"
}

// width is how many columns the header reaches over, but for an old reason at its end.
func (t *Table) width() (n int) {
	for _, c := range t.header.columns {
		if !isReason(c.title) {
			n = max(n, c.at+1)
		}
	}
	return n
}

func (t *Table) titles() []string {
	titles := make([]string, t.width())
	for _, c := range t.header.columns {
		if c.at < len(titles) {
			titles[c.at] = plain.Text(c.title)
		}
	}
	return titles
}

// rejectSheets writes a workbook with the sheets that have rejected rows.
func rejectSheets(w io.Writer, tmp string, tables []*Table, why Reasons) error {
	file := excelize.NewFile(excelize.Options{TmpDir: tmp})
	defer file.Close() //nolint:errcheck // removes what it kept in tmp
	if err := properties(file, ""); err != nil {
		return err
	}
	taken := map[string]bool{}
	for i, t := range tables {
		name := sheetName(t.Name)
		if taken[strings.ToLower(name)] { // but for what no sheet may be named
			name = sheetName(strconv.Itoa(i+1) + name)
		}
		taken[strings.ToLower(name)] = true
		if err := addSheet(file, name, i == 0); err != nil {
			return err
		}
		b := &book{file: file, name: name, styles: map[styleKey]int{}}
		if err := b.putRejects(t, why); err != nil {
			return err
		}
	}
	_, err := file.WriteTo(w)
	return fault.Wrap("write the workbook", err)
}

// addSheet adds a sheet; the first takes the place of the one that a workbook is made
// with.
func addSheet(file *excelize.File, name string, first bool) (err error) {
	if first {
		err = file.SetSheetName("Sheet1", name)
	} else {
		_, err = file.NewSheet(name)
	}
	return fault.Wrap("make a workbook", err)
}

func (b *book) putRejects(t *Table, why Reasons) error {
	if err := b.open(); err != nil {
		return err
	}
	width := t.width()
	if err := b.out.SetColWidth(width+1, width+1, 60); err != nil {
		return fault.Wrap("make a workbook", err)
	}
	titles := make([]any, 0, width+1)
	for _, title := range append(t.titles(), t.label.of(reasonLabel)) {
		titles = append(titles, title)
	}
	if err := b.putHeader(titles); err != nil {
		return err
	}
	err := t.each(func(from line, row *Row) error {
		reason, rejected := why[row.Line]
		if !rejected {
			return nil
		}
		cells := make([]any, width, width+1)
		for i, c := range from.cells[:min(width, len(from.cells))] {
			value, err := b.givenCell(c, t.system)
			if err != nil {
				return err
			}
			cells[i] = value
		}
		return b.put(append(cells, reason))
	})
	if err != nil {
		return err
	}
	return fault.Wrap("write the workbook", b.out.Flush())
}

// givenCell is a cell as it was read. A text stays one, whatever it begins with.
func (b *book) givenCell(c Cell, system dates) (any, error) {
	key := styleKey{format: asText}
	value := any(plain.Text(c.Text))
	switch c.Sort {
	case Blank:
		return nil, nil
	case Number:
		key.format = 0 // as a text it would pass for one that somebody typed in full
		if n, err := strconv.ParseFloat(c.Text, 64); err == nil {
			value = n
		}
	case Day:
		key.format = 0
		if date, err := system.day(c.Text); err == nil {
			key.day = true
			value = valueOf(shown{Day, date})
		}
	case Truth:
		value = isTrue(c.Text)
	case Broken, Unsolved: // it fails again, until somebody types the value
		return excelize.Cell{Formula: "NA()"}, nil
	}
	style, err := b.style(key)
	return excelize.Cell{StyleID: style, Value: value}, err
}
