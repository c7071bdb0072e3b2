package ledger

import (
	"maps"
	"strconv"
	"unicode/utf8"

	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/archive"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// How much stands on a sheet of A4. A line of cells is as high as the longest text in it
// asks for, so the sheet is cut by the height too: what is too much stands on the next.
const (
	rowsTwo     = 17  // of two lines each
	rowsOne     = 34  // of one line
	sheetHeight = 600 // of head and rows, in the units of lineHeight
	lineHeight  = 13
	cellEdge    = 4
	oneLine     = 14  // columns at most that stand on one line
	sheetChars  = 192 // narrow characters across a sheet, without the number of the row
	forNumber   = 3.4 // hundredths of a sheet
)

// perPrint is how many rows stand on the sheets of one page: many more take a browser, and
// us, too long. They are as many as a volume of the archive holds, so that each part of a
// year's ledger is a volume with its own place to sign.
const perPrint = archive.RowsPerVolume

// printedPage is what the sheets of a table say.
type printedPage struct {
	laidOut
	Title, Unit, Code, As string
	By, At                string
	Back, Again           string // the table, and this page for printing full numbers
	Full, Personal        bool
	From, To, Rows        int    // which of the rows stand on these sheets, from 1
	Most                  int    // rows on the sheets of one page
	Before, Next          string // the sheets of those before and after; "": there are none
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

// printed shows a table as it is printed, cut into sheets, perPrint rows on a page and one
// page at a time. Full numbers are asked for by POST.
func (r *room) printed(v *visit.Visit) error {
	a, err := readAsk(v)
	if err != nil {
		return err
	}
	leave, err := r.enter(v)
	if err != nil {
		return err
	}
	defer leave()
	purpose := "print " + a.kind.Name
	if a.full {
		purpose += " with full ID numbers"
	}
	part, _ := strconv.Atoi(v.R.URL.Query().Get("part")) // what is no number is the first
	part = min(max(part, 1), 1<<20)
	e, err := v.Site.Desk.Part(v.Ctx(), a.seen(), (part-1)*perPrint, perPrint, nil, v.Asker(purpose))
	if err != nil {
		return err
	}
	if part > 1 && len(e.Part) == 0 {
		return visit.NotFound()
	}
	return v.Stream("ledgers", "ledger/print", a.printedPage(v, e, part))
}

func (a *ask) printedPage(v *visit.Visit, e *desk.Excerpt, part int) printedPage {
	base := pages.Table{Path: a.path, Query: a.query, Order: a.order}
	p := printedPage{Title: a.paperTitle(v), Unit: v.Site.Replica.Members.Unit().Name, Code: a.code(), As: dayOf(a.on, v.Today()), By: v.Who.Name, At: v.Now().Format("2006-01-02 15:04"),
		Back: base.To(1), Full: a.full, Personal: a.kind.Personal, From: (part-1)*perPrint + 1, To: (part-1)*perPrint + len(e.Part), Rows: e.Rows, Most: perPrint}
	p.Again = partOf(base, part)
	if part > 1 {
		p.Before = partOf(base, part-1)
	}
	if p.To < p.Rows {
		p.Next = partOf(base, part+1)
	}
	p.laidOut = a.layOut(v.Lang, e.Part, p.From-1)
	return p
}

// laidOut is how rows stand on sheets.
type laidOut struct {
	Columns      []printColumn
	Upper, Lower []string // titles of the two lines; Lower is nil where one line is enough
	Sheets       []sheetOf
}

// layOut puts rows, of which the first has the number after from, on sheets.
func (a *ask) layOut(l words.Language, shown []*desk.Shown, from int) (p laidOut) {
	upper, lower := twoLines(a.columns)
	n := len(upper)
	p.Upper, p.Lower = titles(upper, n), titles(lower, n)
	say := teller{a.kind, l, a.full}
	rows := make([]printRow, len(shown))
	for i, row := range shown {
		rows[i] = printRow{Number: from + i + 1, Upper: say.cells(upper, row, n), recorded: row.State == desk.Recorded}
		if len(lower) > 0 {
			rows[i].Lower = say.cells(lower, row, n)
		}
	}
	widths := widthsOf([][]column{upper, lower}, rows)
	for _, w := range widths {
		p.Columns = append(p.Columns, printColumn{strconv.FormatFloat(w, 'f', 2, 64) + "%"})
	}
	head := heightOf(cellsOf(p.Upper), widths)
	if len(lower) == 0 {
		p.Lower = nil
	}
	p.Sheets = cut(rows, widths, sheetHeight-head-heightOf(cellsOf(p.Lower), widths))
	return p
}

// partOf is the address of the sheets of a part.
func partOf(base pages.Table, part int) string {
	if part > 1 {
		base.Query = maps.Clone(base.Query)
		base.Query.Set("part", strconv.Itoa(part))
	}
	return base.Here("/print")
}

func cellsOf(texts []string) (cells []printCell) {
	for _, text := range texts {
		cells = append(cells, printCell{Text: text})
	}
	return cells
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
		all[i] = schema.Under(c.page.Head, c.page.Title, " ")
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

// widthsOf shares a sheet among the columns, in hundredths of it. What must not be broken
// has its whole width; of the others, the widest give way until all have room.
func widthsOf(lines [][]column, rows []printRow) []float64 {
	n := len(lines[0])
	whole, want := make([]int, n), make([]int, n)
	for _, columns := range lines {
		for i, c := range columns {
			whole[i] = max(whole[i], unbroken(c.field), 5)
			want[i] = max(want[i], (wide(c.page.Head+c.page.Title)+3)/2)
		}
	}
	for _, row := range rows {
		for i := range n {
			want[i] = max(want[i], wide(row.Upper[i].Text)+1)
			if row.Lower != nil {
				want[i] = max(want[i], wide(row.Lower[i].Text)+1)
			}
		}
	}
	most, sum := sheetChars, sheetChars+1
	widths := make([]float64, n)
	for ; sum > sheetChars && most > 0; most-- {
		sum = 0
		for i := range n {
			w := max(whole[i], min(want[i], most))
			widths[i], sum = float64(w), sum+w
		}
	}
	for i := range widths {
		widths[i] *= (100 - forNumber) / float64(sum)
	}
	return widths
}

// unbroken is how wide a column must be for what is not broken into two lines.
func unbroken(f *schema.Field) int {
	switch {
	case f.Type == schema.IDNumber:
		return 24
	case f.Type == schema.Date:
		return 12
	case isPhone(f):
		return 13
	case f.PersonName:
		return 9
	}
	return 0
}

// wide is how wide a text is, in narrow characters.
func wide(text string) (n int) {
	for _, r := range text {
		if n++; utf8.RuneLen(r) > 1 {
			n++
		}
	}
	return n
}

// cut puts rows on sheets: each row on exactly one, in their order, and no more on a sheet
// than it has room for. No rows are one sheet, to be signed all the same.
func cut(rows []printRow, widths []float64, room int) (sheets []sheetOf) {
	most, used := rowsOne, 0
	if len(rows) > 0 && rows[0].Lower != nil {
		most = rowsTwo
	}
	sheets = []sheetOf{{}}
	for _, row := range rows {
		s := &sheets[len(sheets)-1]
		high := heightOf(row.Upper, widths) + heightOf(row.Lower, widths)
		if len(s.Rows) > 0 && (len(s.Rows) >= most || used+high > room) {
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
		room := max(2, int(widths[i]/(100-forNumber)*sheetChars)-1)
		lines = max(lines, (wide(c.Text)+room-1)/room)
	}
	return lines*lineHeight + cellEdge
}
