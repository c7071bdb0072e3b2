package show

import (
	"io"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/plain"
	"tongbu/internal/question"
)

// CSV writes rows with a line of column names, as RFC 4180 says, in UTF-8. A text
// that a spreadsheet would take for a formula gets a ' before it, and so does a name
// of a column (plain.Cell). The items of a set are joined by ";". Coverage has no
// place in a CSV file: show it elsewhere.
type CSV struct {
	// Sheet: for a spreadsheet to open. The file begins with the mark by which Excel
	// knows UTF-8, and a tab before a number that is a text, as an ID number, keeps it
	// from being rounded: the other way, ="...", is a formula, which no cell here may be.
	Sheet bool
	// Hidden is a column that is left out; empty: none.
	Hidden string

	to   io.Writer
	kept []int // columns that are shown
	wide int
}

var _ Sink = (*CSV)(nil)

// NewCSV makes a CSV that is written to w.
func NewCSV(w io.Writer) *CSV { return &CSV{to: w} }

// Begin implements Sink.
func (c *CSV) Begin(columns []question.Column) error {
	var b strings.Builder
	if c.Sheet {
		b.WriteString("\ufeff")
	}
	c.wide = len(columns)
	for i, column := range columns {
		if column.Name != c.Hidden {
			c.kept = append(c.kept, i)
		}
	}
	writeRecord(&b, c.keep(names(columns, plain.Cell)))
	_, err := io.WriteString(c.to, b.String())
	return err
}

// Rows implements Sink.
func (c *CSV) Rows(rows []question.Row) error {
	var b strings.Builder
	cells := make([]string, c.wide)
	for _, row := range rows {
		for i, value := range row {
			cells[i] = cellText(value, c.text(value))
		}
		writeRecord(&b, c.keep(cells))
	}
	_, err := io.WriteString(c.to, b.String())
	return err
}

// End implements Sink.
func (c *CSV) End(question.End) error { return nil }

func (c *CSV) keep(cells []string) []string {
	kept := make([]string, len(c.kept))
	for i, at := range c.kept {
		kept[i] = cells[at]
	}
	return kept
}

func (c *CSV) text(change.Value) func(string) string {
	if !c.Sheet {
		return plain.Cell
	}
	return func(s string) string {
		if rounds(s) {
			return "\t" + s
		}
		return plain.Cell(s)
	}
}

// exact is how many digits a spreadsheet shows of a number.
const exact = 11

// rounds reports whether a spreadsheet would take the text for a number and show
// another one: it is long, or begins with a zero.
func rounds(s string) bool {
	digits := strings.TrimSuffix(s, "X")
	if strings.Trim(digits, "0123456789") != "" || len(digits) < 2 {
		return false
	}
	return len(digits) > exact || digits[0] == '0'
}

// writeRecord also quotes what programs of other countries take for the end of a
// cell, or it would begin a cell that nobody has looked at.
func writeRecord(b *strings.Builder, cells []string) {
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		if strings.ContainsAny(cell, "\",;|\t\n") || cell != strings.TrimSpace(cell) || cell == "" && len(cells) == 1 {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		b.WriteString(cell)
	}
	b.WriteByte('\n')
}
