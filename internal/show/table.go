package show

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/plain"
	"tongbu/internal/question"
	"tongbu/internal/words"
)

// Table writes rows in columns for people, and the coverage below. Names and
// characters of Chinese take two places. Columns are as wide as the first rows need.
// Labels stand beside their codes, and a value in conflict has a mark.
type Table struct {
	// Named names the codes of a column's cell in place of the answer's labels; "": it
	// cannot. nil: nothing does.
	Named func(column, codes string) string

	to      io.Writer
	lang    words.Language
	columns []question.Column
	kept    []int // columns that are shown
	labels  []int // for each of them the column of its labels, or -1
	clash   int   // column of the fields in conflict, or -1
	widths  []int // nil: no row was there yet
	marked  int
}

var _ Sink = (*Table)(nil)

// maxPadded is the widest that a column is made. A longer cell is shown as it is, and
// moves the rest of its own line only: else one long cell of a hub's would make each
// line as long.
const maxPadded = 120

// contested is the column of the fields in conflict.
const contested = "conflict_fields"

// conflictMark is behind a value that another one stands beside.
const conflictMark = " (!)"

// NewTable makes a table that is written to w, and says what is beside the rows in a
// language.
func NewTable(w io.Writer, lang words.Language) *Table { return &Table{to: w, lang: lang, clash: -1} }

// Begin implements Sink.
func (t *Table) Begin(columns []question.Column) error {
	t.columns = columns
	find := func(name string) int {
		return slices.IndexFunc(columns, func(c question.Column) bool { return c.Name == name })
	}
	t.clash = find(contested)
	for i, c := range columns {
		of, isLabel := strings.CutSuffix(c.Name, question.LabelSuffix)
		if i == t.clash && len(columns) > 1 || isLabel && find(of) >= 0 {
			continue
		}
		t.kept, t.labels = append(t.kept, i), append(t.labels, find(c.Name+question.LabelSuffix))
	}
	return nil
}

// Rows implements Sink.
func (t *Table) Rows(rows []question.Row) error {
	var lines [][]string
	if t.widths == nil {
		lines = append(lines, t.head())
	}
	for _, row := range rows {
		lines = append(lines, t.cells(row))
	}
	if t.widths == nil {
		t.widths = make([]int, len(t.kept))
		for _, line := range lines {
			for i, cell := range line {
				t.widths[i] = min(max(t.widths[i], width(cell)), maxPadded)
			}
		}
	}
	var b strings.Builder
	for _, line := range lines {
		writeLine(&b, line, t.widths)
	}
	_, err := io.WriteString(t.to, b.String())
	return err
}

func (t *Table) head() []string {
	all := names(t.columns, plain.Line)
	head := make([]string, len(t.kept))
	for i, at := range t.kept {
		head[i] = all[at]
	}
	return head
}

func (t *Table) cells(row question.Row) []string {
	clash := ""
	if t.clash >= 0 {
		clash = ";" + cellText(row[t.clash], plain.Line) + ";"
	}
	if len(clash) > 2 {
		t.marked++
	}
	cells := make([]string, len(t.kept))
	for i, at := range t.kept {
		cells[i] = cellText(row[at], plain.Line)
		if label := t.labels[i]; label >= 0 {
			cells[i] = withLabel(cells[i], t.labelOf(at, label, row, cells[i]), t.columns[at].Type)
		}
		if strings.Contains(clash, ";"+t.columns[at].Name+";") {
			cells[i] += conflictMark
		}
	}
	return cells
}

// labelOf is what names the codes of a cell.
func (t *Table) labelOf(at, label int, row question.Row, codes string) string {
	if t.Named != nil && codes != "" {
		if name := t.Named(t.columns[at].Name, codes); name != "" {
			return name
		}
	}
	return cellText(row[label], plain.Line)
}

// withLabel puts a label behind its code; those of a set stand in parentheses, since
// they are in another order.
func withLabel(code, label string, kind question.Type) string {
	switch {
	case label == "" || code == label:
		return code
	case kind == question.Set && strings.Contains(code, ";"):
		return code + " (" + label + ")"
	}
	return strings.TrimSpace(code + " " + label)
}

// End implements Sink.
func (t *Table) End(end question.End) error {
	if err := t.Rows(nil); err != nil { // the names at least
		return err
	}
	return t.foot(t.lang.Say("%s rows", CountOf(end.Rows)), end.Coverage)
}

// Foot ends the table of one page.
func (t *Table) Foot(a *question.Answer) error {
	if err := t.Rows(nil); err != nil {
		return err
	}
	return t.foot(strings.Join(PageLines(t.lang, a), "\n"), a.Coverage)
}

func (t *Table) foot(page string, c question.Coverage) error {
	var b strings.Builder
	b.WriteString("\n")
	if page != "" {
		b.WriteString(page + "\n")
	}
	if t.marked > 0 {
		b.WriteString(t.lang.Say("%s rows with%s: two values stand side by side, one is shown", CountOf(int64(t.marked)), conflictMark) + "\n")
	}
	b.WriteString(Coverage(t.lang, c) + "\n")
	_, err := io.WriteString(t.to, b.String())
	return err
}

// PageLines say how much of an answer a page is, and whether it fits the one before.
// There are none for a page that is all.
func PageLines(lang words.Language, a *question.Answer) (lines []string) {
	goOn := ""
	if a.NextPageToken != "" {
		goOn = lang.Say("; go on with --page-token %s, or take all with --all", plain.Line(a.NextPageToken))
	}
	switch shown := int64(len(a.Rows)); {
	case a.Total != nil && (*a.Total != shown || goOn != ""):
		lines = append(lines, lang.Say("%s of %s", CountOf(shown), CountOf(*a.Total))+goOn)
	case goOn != "":
		lines = append(lines, lang.Say("%s rows, and there are more", CountOf(shown))+goOn)
	case shown == 0:
		lines = append(lines, lang.Say("%s rows", CountOf(0)))
	}
	if a.Moved {
		lines = append(lines, lang.Say("records have changed since the first page: one may be on two pages, or on none; --all gives all of one moment"))
	}
	return lines
}

// CountOf writes a number with a comma at the thousands.
func CountOf(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func writeLine(b *strings.Builder, line []string, widths []int) {
	var padded strings.Builder
	for i, cell := range line {
		padded.WriteString(cell + strings.Repeat(" ", max(widths[i]-width(cell), 0)+2))
	}
	b.WriteString(strings.TrimRight(padded.String(), " ") + "\n")
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

// Coverage is how complete an answer is, in one line.
func Coverage(lang words.Language, c question.Coverage) string {
	var b strings.Builder
	say := func(format string, args ...any) { b.WriteString(lang.Say(format, args...)) }
	say("as of %s: %d communities counted", c.AsOf.UTC().Format(time.RFC3339), c.Units)
	if c.Absent > 0 {
		say(", %d never joined", c.Absent)
	}
	if c.Pending > 0 {
		say(", %d changes on the way", c.Pending)
	}
	if c.Conflicts != nil && *c.Conflicts > 0 {
		say(", %s records in conflict", CountOf(*c.Conflicts))
	}
	say(", %d silent", len(c.Silent))
	for i, s := range c.Silent {
		if i == maxNamed {
			say("; and %d more", len(c.Silent)-maxNamed)
			break
		}
		say("; %s since %s", s.Unit, s.Since.UTC().Format(time.RFC3339))
	}
	return plain.Line(b.String())
}
