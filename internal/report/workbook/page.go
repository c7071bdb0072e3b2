package workbook

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"tongbu/internal/plain"
	"tongbu/internal/report"
)

// page is a sheet that is being written.
type page struct {
	book    *book
	out     *excelize.StreamWriter
	name    string
	columns int
	row     int
}

// headerRow is the last of the rows that stand on each page.
const headerRow = 3

// layOut sets the paper.
func (p *page) layOut() error {
	file, yes, across, down, paper, landscape, narrow := p.book.file, true, 1, 0, 9, "landscape", 0.4
	for _, err := range []error{
		file.SetSheetProps(p.name, &excelize.SheetPropsOptions{FitToPage: &yes}),
		file.SetPageLayout(p.name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &across, FitToHeight: &down}),
		file.SetPageMargins(p.name, &excelize.PageLayoutMarginsOptions{Left: &narrow, Right: &narrow, Horizontally: &yes}),
		file.SetHeaderFooter(p.name, &excelize.HeaderFooterOptions{OddFooter: "&L编制人：　　　　　　审核人：　　　　　　单位公章&R第 &P 页 共 &N 页"}),
		file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: p.name, RefersTo: fmt.Sprintf("'%s'!$1:$%d", p.name, headerRow)}),
		p.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: headerRow, TopLeftCell: fmt.Sprintf("A%d", headerRow+1), ActivePane: "bottomLeft"}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// across writes one text over all columns.
func (p *page) across(style int, text string) error {
	if err := p.put(excelize.Cell{StyleID: style, Value: plain.Line(text)}); err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(p.columns, p.row)
	if err != nil {
		return err
	}
	return p.out.MergeCell(fmt.Sprintf("A%d", p.row), last)
}

func (p *page) header(titles []string) error {
	cells := make([]any, len(titles))
	for i, title := range titles {
		cells[i] = excelize.Cell{StyleID: p.book.head, Value: plain.Line(title)}
	}
	return p.put(cells...)
}

func (p *page) put(cells ...any) error {
	p.row++
	return p.out.SetRow(fmt.Sprintf("A%d", p.row), cells)
}

func (p *page) end() error { return p.out.Flush() }

func (p *page) words(text string) excelize.Cell {
	return excelize.Cell{StyleID: p.book.text, Value: plain.Line(text)}
}

// count is a number, and an empty cell where there is none.
func (p *page) count(n *int64) excelize.Cell {
	if n == nil {
		return p.words("")
	}
	return excelize.Cell{StyleID: p.book.number, Value: *n}
}

// rate is the value of a rate; one of nobody has none.
func (p *page) rate(f *report.Figure) excelize.Cell {
	if *f.Denominator == 0 {
		return p.words("无")
	}
	return excelize.Cell{StyleID: p.book.share, Value: float64(f.Numerator) / float64(*f.Denominator)}
}

// part is the numerator of a rate.
func (p *page) part(f *report.Figure) excelize.Cell {
	if f.Denominator == nil {
		return p.words("")
	}
	return p.count(&f.Numerator)
}

// value is what a figure says in one cell.
func (p *page) value(f *report.Figure) excelize.Cell {
	switch {
	case f == nil:
		return p.words("")
	case f.Denominator != nil:
		return p.rate(f)
	}
	return p.count(&f.Numerator)
}
