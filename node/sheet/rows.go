package sheet

import (
	"bytes"
	"encoding/xml"
	"io"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongbu/internal/fault"
)

// maxMerged bounds the merged areas of a sheet.
const maxMerged = 100_000

// reader reads the rows of a sheet.
func (w *workbook) reader(part string, s *source) func(fn func(line) error) error {
	return func(fn func(line) error) error {
		rows, merged, err := w.readEnd(part)
		if err != nil {
			return err
		}
		s.lines = rows
		r := &rowReader{book: w, merged: merged, fn: fn}
		return w.tokens(part, maxSheet, r.read)
	}
}

// readEnd reads what stands behind the rows, which is needed before them: the merged
// areas. The rows are passed over as bytes, and about counted.
func (w *workbook) readEnd(part string) (rows int, m *areas, err error) {
	in, err := w.parts[part].Open()
	if err != nil {
		return 0, nil, errDamaged
	}
	defer in.Close() //nolint:errcheck // only read
	m = &areas{}
	behind := &skipping{from: &allowance{from: in, left: maxSheet, token: maxSheet}}
	err = readTokens(&allowance{from: behind, left: maxSheet}, func(token xml.Token) error {
		tag, ok := token.(xml.StartElement)
		if !ok || tag.Name.Local != "mergeCell" {
			return nil
		}
		if len(m.all) == maxMerged {
			return fault.New(fault.Invalid, "more than %d merged areas", maxMerged).WithHint("undo the merging of cells")
		}
		m.add(attr(tag, "ref"))
		return nil
	})
	m.sort()
	return behind.rows, m, err
}

// skipping reads what stands behind the rows of a sheet.
type skipping struct {
	from   io.Reader
	behind bool
	rows   int
	kept   []byte // read and not passed on
}

var (
	rowsEnd  = []byte("sheetData>")
	rowBegin = []byte("<row")
)

// longestTag is how long the tag that ends the rows may be, with a prefix of its name.
const longestTag = 64

// Read implements io.Reader.
func (s *skipping) Read(p []byte) (int, error) {
	for !s.behind {
		n, err := s.from.Read(p)
		s.kept = append(s.kept, p[:n]...)
		s.rows += bytes.Count(s.kept, rowBegin)
		if at := s.end(); at >= 0 {
			s.behind, s.kept = true, s.kept[at:]
			break
		}
		if err != nil {
			return 0, err
		}
		if rest := len(s.kept) - longestTag; rest > 0 { // the end may come in parts
			s.kept = append(s.kept[:0], s.kept[rest:]...)
			s.rows -= bytes.Count(s.kept, rowBegin)
		}
	}
	if len(s.kept) > 0 {
		n := copy(p, s.kept)
		s.kept = s.kept[n:]
		return n, nil
	}
	return s.from.Read(p)
}

// end is where the rows end; -1: not yet. The tag that begins them ends alike.
func (s *skipping) end() int {
	for at := 0; ; {
		next := bytes.Index(s.kept[at:], rowsEnd)
		if next < 0 {
			return -1
		}
		at += next
		open := bytes.LastIndexByte(s.kept[:at], '<')
		if open >= 0 && open+1 < at && s.kept[open+1] == '/' {
			return at + len(rowsEnd)
		}
		at += len(rowsEnd)
	}
}

// rowReader puts rows together of tokens.
type rowReader struct {
	book   *workbook
	merged *areas
	fn     func(line) error

	row     line
	column  int // of the cell that is read, from 0
	kind    string
	style   int
	formula bool
	value   strings.Builder
	inValue bool
	inside  bool // a row
	inCell  bool
	inText  richText
}

func (r *rowReader) read(token xml.Token) error {
	if r.kind == "inlineStr" && r.inside {
		r.inText.add(token, "is")
	}
	switch t := token.(type) {
	case xml.StartElement:
		return r.begin(t)
	case xml.CharData:
		if r.inValue {
			r.value.Write(t)
		}
	case xml.EndElement:
		return r.end(t.Name.Local)
	}
	return nil
}

func (r *rowReader) begin(t xml.StartElement) error {
	switch t.Name.Local {
	case "row":
		number, err := strconv.Atoi(attr(t, "r"))
		if err != nil || number <= r.row.number {
			number = r.row.number + 1
		}
		r.row = line{number: number, hidden: isTrue(attr(t, "hidden")), cells: r.row.cells[:0]}
		r.column, r.inside = -1, true
	case "c":
		if column, _, ok := parseRef(attr(t, "r")); ok {
			r.column = column
		} else {
			r.column++
		}
		r.kind, r.formula, r.inCell = attr(t, "t"), false, r.inside
		r.style, _ = strconv.Atoi(attr(t, "s")) // none is 0
		r.value.Reset()
		r.inText.said.Reset()
	case "f":
		r.formula = true
	case "v":
		r.inValue = true
	}
	return nil
}

func (r *rowReader) end(tag string) error {
	switch tag {
	case "v":
		r.inValue = false
	case "c": // tags of a damaged sheet may end what has not begun
		if !r.inCell {
			return nil
		}
		r.inCell = false
		return r.put(r.cell())
	case "row":
		if !r.inside {
			return nil
		}
		r.inside, r.inCell, r.kind = false, false, ""
		r.merged.fill(&r.row)
		return r.fn(r.row)
	case "sheetData":
		return errStop
	}
	return nil
}

// put sets a cell of the row. What stands beyond the last column that is read is
// refused with its row, not kept.
func (r *rowReader) put(c Cell) error {
	switch {
	case c.Sort == Blank:
		return nil
	case r.column >= maxColumns:
		r.row.wrong = fault.New(fault.Invalid, "there are cells beyond column %d", maxColumns).WithHint("remove what stands there")
		return nil
	}
	for len(r.row.cells) <= r.column {
		r.row.cells = append(r.row.cells, Cell{})
	}
	r.row.cells[r.column] = c
	return nil
}

func (r *rowReader) cell() Cell {
	value := r.value.String()
	switch {
	case r.kind == "inlineStr":
		return textCell(r.inText.text())
	case value == "" && r.formula:
		return Cell{Sort: Unsolved}
	case value == "":
		return Cell{}
	}
	switch r.kind {
	case "s":
		i, _ := strconv.Atoi(value)
		text, ok := r.book.strings.at(i)
		if !ok {
			return Cell{Sort: Garbled}
		}
		return textCell(text)
	case "str":
		return textCell(unescape(value))
	case "b":
		return Cell{Sort: Truth, Text: value}
	case "e":
		return Cell{Sort: Broken, Text: value}
	case "d":
		return Cell{Sort: Moment, Text: value}
	}
	number, ok := plainNumber(value)
	switch {
	case !ok:
		return Cell{Sort: Garbled}
	case r.style < len(r.book.days) && r.style >= 0 && r.book.days[r.style]:
		return Cell{Sort: Day, Text: number}
	}
	return Cell{Sort: Number, Text: number}
}

func textCell(text string) Cell {
	switch {
	case text == "":
		return Cell{}
	case strings.ContainsRune(text, utf8.RuneError):
		return Cell{Sort: Garbled, Text: text}
	}
	return Cell{Sort: Text, Text: text}
}

// plainNumber writes a number without an exponent.
func plainNumber(s string) (string, bool) {
	if strings.Trim(s, "0123456789") == "" {
		return s, len(s) <= maxDigits
	}
	if len(s) > maxDigits {
		return "", false
	}
	n, _, err := big.ParseFloat(s, 10, 200, big.ToNearestEven)
	if err != nil || n.IsInf() || n.MantExp(nil) > 400 || n.MantExp(nil) < -400 {
		return "", false
	}
	if !strings.ContainsAny(s, "eE") {
		return s, true
	}
	return n.Text('f', -1), true
}

const maxDigits = 400

// parseRef reads a reference as B7: column and row from 0.
func parseRef(ref string) (column, row int, ok bool) {
	i := 0
	for ; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		if column = column*26 + int(ref[i]-'A') + 1; column > 1<<15 {
			return 0, 0, false
		}
	}
	row, err := strconv.Atoi(ref[i:])
	return column - 1, row - 1, err == nil && i > 0 && row > 0
}

// columnName is the letters of a column, from 0.
func columnName(column int) string {
	name := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}
