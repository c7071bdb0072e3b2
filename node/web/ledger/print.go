package ledger

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// How much stands on a sheet of A4. A line of cells is as high as the longest text in it
// asks for, so the sheet is cut by the height too: what is too much stands on the next.
const (
	rowsTwo     = 17  // of two lines each
	rowsOne     = 34  // of one line
	sheetHeight = 560 // of rows, in the units of lineHeight
	lineHeight  = 13
	cellEdge    = 5
	oneLine     = 14  // columns at most that stand on one line
	sheetChars  = 152 // small characters across a sheet
)

// printedPage is what the sheets of a table say.
type printedPage struct {
	Title, Unit, Code, As string
	Columns               []printColumn
	Upper, Lower          []string // titles of the two lines; Lower is nil where one line is enough
	Sheets                []sheetOf
	By, At                string
	Back, Again           string // the table, and this page for printing full numbers
	Full, Personal        bool
	Rest                  int // rows that are not on these sheets
}

type printColumn struct{ Width string }

// sheetOf is one sheet.
type sheetOf struct {
	Rows       []printRow
	Number, Of int
	Recorded   int // of its rows, by the city
	Last       bool
}

type printRow struct {
	Number       int
	Upper, Lower []printCell
	recorded     bool
}

type printCell struct{ Class, Text string }

// printed shows a table as it is printed, cut into sheets. Full numbers are asked for by
// POST.
func printed(v *visit.Visit) error {
	a, err := readAsk(v)
	if err != nil {
		return err
	}
	purpose := "print " + a.kind.Name
	if a.full {
		purpose += " with full ID numbers"
	}
	e, err := v.Site.Desk.Part(v.Ctx(), a.table(), 0, desk.MaxPart, nil, v.Asker(purpose))
	if err != nil {
		return err
	}
	p := a.printedPage(v, e)
	return v.Page("ledgers", "ledger/print", p)
}

func (a *ask) printedPage(v *visit.Visit, e *desk.Excerpt) printedPage {
	base := pages.Table{Path: a.path, Query: a.query, Order: a.order}
	p := printedPage{Title: a.title(v), Unit: v.Site.Replica.Members.Unit().Name, Code: a.code(), As: dayOf(a.on, v.Today()), By: v.Who.Name, At: v.Now().Format("2006-01-02 15:04"),
		Back: base.To(1), Again: base.Here("/print"), Full: a.full, Personal: a.kind.Personal, Rest: e.Rows - len(e.Part)}
	upper, lower := twoLines(a.columns)
	widths := widthsOf(upper, lower)
	for _, w := range widths {
		p.Columns = append(p.Columns, printColumn{strconv.FormatFloat(w, 'f', 2, 64) + "%"})
	}
	p.Upper, p.Lower = titles(upper, len(widths)), titles(lower, len(widths))
	if len(lower) == 0 {
		p.Lower = nil
	}
	say := teller{a.kind, v.Lang, a.full}
	rows := make([]printRow, len(e.Part))
	for i, row := range e.Part {
		rows[i] = printRow{Number: i + 1, Upper: say.cells(upper, row, len(widths)), recorded: row.State == desk.Recorded}
		if len(lower) > 0 {
			rows[i].Lower = say.cells(lower, row, len(widths))
		}
	}
	p.Sheets = cut(rows, widths)
	return p
}

// twoLines puts columns on one line, or on two where they are many.
func twoLines(columns []column) (upper, lower []column) {
	if len(columns) <= oneLine {
		return columns, nil
	}
	half := (len(columns) + 1) / 2
	return columns[:half], columns[half:]
}

func titles(columns []column, n int) []string {
	all := make([]string, n)
	for i, c := range columns {
		all[i] = c.page.Head + c.page.Title
	}
	return all
}

func (t teller) cells(columns []column, row *desk.Shown, n int) []printCell {
	all := make([]printCell, n)
	for i, c := range columns {
		all[i].Text = t.text(c.field, row)
		if c.field.Type == schema.IDNumber {
			all[i].Class = "id"
		}
	}
	return all
}

// widthsOf shares a sheet among the columns, in hundredths of it: each as wide as the two
// that stand over each other want. The number of the row has the rest.
func widthsOf(upper, lower []column) []float64 {
	const forNumber = 3.4
	want, all := make([]float64, len(upper)), 0.0
	for i, c := range upper {
		want[i] = wants(c.field)
		if i < len(lower) {
			want[i] = max(want[i], wants(lower[i].field))
		}
		all += want[i]
	}
	for i := range want {
		want[i] *= (100 - forNumber) / all
	}
	return want
}

// wants is how wide a column would be, in small characters.
func wants(f *schema.Field) float64 {
	switch f.Type {
	case schema.IDNumber:
		return 19
	case schema.Date:
		return 10
	case schema.Boolean, schema.Integer:
		return 6
	case schema.Money:
		return 8
	case schema.Code, schema.Codes:
		return 10
	}
	switch {
	case f.PersonName:
		return 8
	case isPhone(f):
		return 12
	case strings.HasSuffix(f.Name, "address"):
		return 20
	}
	return 13
}

// cut puts rows on sheets: each row on exactly one, in their order, and no more on a sheet
// than it holds. No rows are one sheet, to be signed all the same.
func cut(rows []printRow, widths []float64) (sheets []sheetOf) {
	most, used := rowsOne, 0
	if len(rows) > 0 && rows[0].Lower != nil {
		most = rowsTwo
	}
	sheets = []sheetOf{{}}
	for _, row := range rows {
		s := &sheets[len(sheets)-1]
		high := heightOf(row.Upper, widths) + heightOf(row.Lower, widths)
		if len(s.Rows) > 0 && (len(s.Rows) >= most || used+high > sheetHeight) {
			sheets, used = append(sheets, sheetOf{}), 0
			s = &sheets[len(sheets)-1]
		}
		s.Rows, used = append(s.Rows, row), used+high
		if row.recorded {
			s.Recorded++
		}
	}
	for i := range sheets {
		sheets[i].Number, sheets[i].Of, sheets[i].Last = i+1, len(sheets), i == len(sheets)-1
	}
	return sheets
}

// heightOf is how high a line of cells is.
func heightOf(cells []printCell, widths []float64) int {
	if cells == nil {
		return 0
	}
	lines := 1
	for i, c := range cells {
		wide := 0
		for _, r := range c.Text {
			if wide++; utf8.RuneLen(r) > 1 {
				wide++
			}
		}
		room := max(2, int(widths[i]*sheetChars/100))
		lines = max(lines, (wide+room-1)/room)
	}
	return lines*lineHeight + cellEdge
}
