package sheet

import (
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"tongbu/internal/calendar"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// The look of a workbook.
const (
	asText    = 49 // the number format of a text, which keeps all digits
	asAmount  = 4  // with two decimals
	asDay     = "yyyy-mm-dd"
	titleFont = "宋体"
	// emptyRows is how many rows of an empty form offer the lists.
	emptyRows = 2000
)

// book is a workbook that is written. Its rows go into a file beside the target when
// they are many, and never into memory as a whole.
type book struct {
	file   *excelize.File
	layout Layout
	name   string // of the sheet
	out    *excelize.StreamWriter
	row    int
	styles map[styleKey]int
	tmp    string
}

// WriteXLSX writes records as a workbook. What does not fit into memory is kept in
// tmp until it is written.
func WriteXLSX(w io.Writer, tmp string, l Layout, records Records, refused Refused) error {
	b, err := newBook(l.sheetName(), tmp)
	if err != nil {
		return err
	}
	defer b.file.Close() //nolint:errcheck // removes what it kept in tmp
	b.layout = l
	if err := properties(b.file, l.Day); err != nil {
		return err
	}
	columns := l.columns()
	if err := b.begin(columns); err != nil {
		return err
	}
	number := 0
	err = records(func(r *Record) error {
		number++
		cells := make([]any, len(columns))
		for i, c := range columns {
			s, err := l.show(c, r, number)
			if err != nil {
				return refused(number, err)
			}
			if cells[i], err = b.cell(c, s); err != nil {
				return err
			}
		}
		return b.put(cells)
	})
	if err == nil {
		err = b.end(columns)
	}
	if err != nil {
		return err
	}
	_, err = b.file.WriteTo(w)
	return fault.Wrap("write the workbook", err)
}

// sheetName is what the sheet is called: after the kind, or as another system's table.
func (l Layout) sheetName() string {
	if l.Map != nil {
		return sheetName(l.Map.Name)
	}
	return sheetName(l.Kind.Label.Zh)
}

// author is whom a workbook says it is by.
const author = "tongbu"

// properties say that a workbook is ours, and of which day; "": of none.
func properties(f *excelize.File, day string) error {
	p := &excelize.DocProperties{Creator: author, LastModifiedBy: author}
	if calendar.Valid(day) {
		p.Created, p.Modified = day+"T00:00:00Z", day+"T00:00:00Z"
	}
	return fault.Wrap("make a workbook", f.SetDocProps(p))
}

func newBook(sheet, tmp string) (*book, error) {
	f := excelize.NewFile(excelize.Options{TmpDir: tmp})
	b := &book{file: f, name: sheet, styles: map[styleKey]int{}, tmp: tmp}
	return b, fault.Wrap("make a workbook", f.SetSheetName("Sheet1", sheet))
}

// maxRows is how many rows a sheet has.
const maxRows = 1 << 20

func (b *book) put(cells []any) error {
	if b.row++; b.row > maxRows {
		return fault.New(fault.Invalid, "a sheet has %d rows at most", maxRows).WithHint("export fewer with --filter, or as CSV")
	}
	return fault.Wrap("write a row", b.out.SetRow("A"+strconv.Itoa(b.row), cells))
}

// begin makes the sheet and what stands above the records.
func (b *book) begin(columns []written) error {
	if b.layout.Print {
		return b.beginPrint(columns)
	}
	if err := b.open(); err != nil {
		return err
	}
	for i, c := range columns {
		if err := b.beginColumn(i+1, c); err != nil {
			return err
		}
	}
	panes := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if err := b.out.SetPanes(panes); err != nil {
		return fault.Wrap("make a workbook", err)
	}
	style, err := b.style(styleKey{bold: true, centred: true, filled: true})
	if err != nil {
		return err
	}
	cells := make([]any, len(columns))
	for i, c := range columns {
		cells[i] = excelize.Cell{StyleID: style, Value: b.title(c)}
	}
	return b.put(cells)
}

func (b *book) open() (err error) {
	b.out, err = b.file.NewStreamWriter(b.name)
	return fault.Wrap("make a workbook", err)
}

// beginColumn sets the width of a column, and how a cell looks that is typed into it.
func (b *book) beginColumn(at int, c written) error {
	style, err := b.style(b.keyOf(c))
	if err == nil && b.layout.Template {
		err = b.out.SetColStyle(at, at, style)
	}
	if err == nil {
		err = b.out.SetColWidth(at, at, widthOf(c))
	}
	return fault.Wrap("make a workbook", err)
}

// title marks in a form what must be filled in.
func (b *book) title(c written) string {
	if b.layout.Template && c.field != nil && c.field.Must == schema.Hard {
		return c.title + "（必填）"
	}
	return c.title
}

func widthOf(c written) float64 {
	switch {
	case c.use == ofID || c.use == ofVersion || c.use == ofNumber || c.use == ofRest:
		return 30
	case c.field == nil:
		return 6
	}
	switch c.field.Type {
	case schema.IDNumber, schema.Ref:
		return 22
	case schema.Integer, schema.Boolean:
		return 9
	case schema.Text:
		if c.field.MaxLen == 0 || c.field.MaxLen > 100 {
			return 28
		}
	}
	return 14
}

// cell is a cell as the library takes it.
func (b *book) cell(c written, s shown) (any, error) {
	style, err := b.style(b.keyOf(c))
	if err != nil {
		return nil, err
	}
	if s.sort == Blank {
		if !b.layout.Print { // an empty cell of a printed list has its frame
			return nil, nil
		}
		return excelize.Cell{StyleID: style}, nil
	}
	return excelize.Cell{StyleID: style, Value: valueOf(s)}, nil
}

// valueOf is the value of a cell. A number that a spreadsheet would round, and a day
// that it cannot count, are texts.
func valueOf(s shown) any {
	switch s.sort {
	case Number:
		if digits := len(s.text); digits <= 15 {
			if n, err := strconv.ParseFloat(s.text, 64); err == nil {
				return n
			}
		}
	case Day:
		if n, ok := serial(s.text); ok {
			return n
		}
	}
	return s.text
}

func (b *book) end(columns []written) error {
	if b.layout.Template {
		if err := b.addForm(columns); err != nil {
			return err
		}
	}
	if b.layout.Print {
		if err := b.endPrint(len(columns)); err != nil {
			return err
		}
	}
	return fault.Wrap("write the workbook", b.out.Flush())
}

// styleKey is what one style of cells differs by.
type styleKey struct {
	format                int
	day                   bool
	bold, centred, filled bool
	free                  bool // may be typed into, in a form
	framed                bool
	size                  float64
}

func (b *book) keyOf(c written) styleKey {
	k := styleKey{format: asText, free: b.layout.Template && c.use == ofField, framed: b.layout.Print}
	if c.use == ofNothing {
		k.format, k.centred = 0, true
	}
	if c.field == nil || c.use != ofField || b.layout.Map != nil && c.field.Type == schema.Date {
		return k
	}
	switch c.field.Type {
	case schema.Integer:
		k.format = 0
	case schema.Money:
		k.format = asAmount
	case schema.Date:
		k.format, k.day = 0, true
	}
	return k
}

func (b *book) style(k styleKey) (int, error) {
	if id, ok := b.styles[k]; ok {
		return id, nil
	}
	s := &excelize.Style{NumFmt: k.format, Protection: &excelize.Protection{Locked: !k.free},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: k.framed || k.bold}}
	if k.day {
		format := asDay
		s.CustomNumFmt = &format
	}
	if k.centred {
		s.Alignment.Horizontal = "center"
	}
	if k.bold || k.size > 0 || k.framed {
		s.Font = &excelize.Font{Bold: k.bold, Family: titleFont, Size: max(k.size, 9)}
	}
	if k.filled {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}}
	}
	if k.framed || k.filled {
		for _, side := range []string{"left", "right", "top", "bottom"} {
			s.Border = append(s.Border, excelize.Border{Type: side, Color: "808080", Style: 1})
		}
	}
	id, err := b.file.NewStyle(s)
	b.styles[k] = id
	return id, fault.Wrap("make a workbook", err)
}
