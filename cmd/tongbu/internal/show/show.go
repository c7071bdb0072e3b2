// Package show writes answers for people and for spreadsheets: the edge at
// which typed values become text.
package show

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/plain"
	"tongbu/internal/question"
)

// CSV writes the rows with a line of column names, as RFC 4180 says, in
// UTF-8. A text that a spreadsheet would take for a formula gets a ' before
// it, and so does a name of a column (plain.Cell). The items of a set are joined
// by ";". Coverage has no place in a CSV file: show it elsewhere.
func CSV(w io.Writer, a *question.Answer) error {
	var b strings.Builder
	writeRecord(&b, names(a, plain.Cell))
	for _, row := range a.Rows {
		writeRecord(&b, cells(row, plain.Cell))
	}
	_, err := io.WriteString(w, b.String())
	return err
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

// Row writes cells for a tabwriter, each on its line whatever is in it.
func Row(w io.Writer, cells ...string) {
	for i := range cells {
		cells[i] = plain.Line(cells[i])
	}
	_, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) // a tabwriter tells at its end
}

// Table writes the rows in columns for people, and the coverage below.
// Names and characters of Chinese take two places.
func Table(w io.Writer, a *question.Answer) error {
	lines := [][]string{names(a, plain.Line)}
	for _, row := range a.Rows {
		lines = append(lines, cells(row, plain.Line))
	}
	widths := make([]int, len(a.Columns))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = min(max(widths[i], width(cell)), maxPadded)
		}
	}
	var b strings.Builder
	for _, line := range lines {
		writeLine(&b, line, widths)
	}
	b.WriteString("\n" + plain.Line(coverage(a.Coverage)) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// maxPadded is the widest that a column of a table is made. A longer cell is shown
// as it is, and moves the rest of its own line only: else one long cell of a hub's
// would make each line as long.
const maxPadded = 120

func writeLine(b *strings.Builder, line []string, widths []int) {
	var padded strings.Builder
	for i, cell := range line {
		padded.WriteString(cell + strings.Repeat(" ", max(widths[i]-width(cell), 0)+2))
	}
	b.WriteString(strings.TrimRight(padded.String(), " ") + "\n")
}

func names(a *question.Answer, text func(string) string) []string {
	names := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		names[i] = text(c.Name)
	}
	return names
}

func cells(row question.Row, text func(string) string) []string {
	cells := make([]string, len(row))
	for i, value := range row {
		cells[i] = cellText(value, text)
	}
	return cells
}

func cellText(v change.Value, text func(string) string) string {
	got, err := v.Get()
	if err != nil {
		return ""
	}
	switch x := got.(type) {
	case string:
		return text(x)
	case []string:
		items := make([]string, len(x))
		for i := range x {
			items[i] = text(x[i])
		}
		return strings.Join(items, ";")
	case int64:
		return strconv.FormatInt(x, 10)
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// width is how many places of a terminal the text takes.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if wide(r) {
			n++
		}
	}
	return n
}

func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0xffe0 && r <= 0xffe6 || r >= 0x20000 && r <= 0x3fffd
}

// maxNamed silent units are named in a line of text.
const maxNamed = 5

// coverage is how complete an answer is, in one line.
func coverage(c question.Coverage) string {
	var b strings.Builder
	fmt.Fprintf(&b, "as of %s: %d communities counted", c.AsOf.UTC().Format(time.RFC3339), c.Units)
	if c.Absent > 0 {
		fmt.Fprintf(&b, ", %d never joined", c.Absent)
	}
	if c.Pending > 0 {
		fmt.Fprintf(&b, ", %d changes on the way", c.Pending)
	}
	fmt.Fprintf(&b, ", %d silent", len(c.Silent))
	for i, s := range c.Silent {
		if i == maxNamed {
			fmt.Fprintf(&b, "; and %d more", len(c.Silent)-maxNamed)
			break
		}
		fmt.Fprintf(&b, "; %s since %s", s.Unit, s.Since.UTC().Format(time.RFC3339))
	}
	return b.String()
}
