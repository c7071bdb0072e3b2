package sheet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"tongbu/internal/fault"
)

// beginPrint lays out a list for a sheet of A4, with what stands above the records:
// title, unit and day, and a header of two rows where columns stand in groups. These
// rows are repeated on each page, and each page has its number.
func (b *book) beginPrint(columns []written) error {
	yes, across, down, paper, landscape := true, 1, 0, 9, "landscape"
	grouped := slices.ContainsFunc(columns, func(c written) bool { return c.head != "" })
	rows := 3
	if grouped {
		rows = 4
	}
	narrow := 0.4
	for _, err := range []error{
		b.file.SetSheetProps(b.name, &excelize.SheetPropsOptions{FitToPage: &yes}),
		b.open(),
		b.file.SetPageLayout(b.name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &across, FitToHeight: &down}),
		b.file.SetPageMargins(b.name, &excelize.PageLayoutMarginsOptions{Left: &narrow, Right: &narrow, Horizontally: &yes}),
		b.file.SetHeaderFooter(b.name, &excelize.HeaderFooterOptions{OddHeader: "&R第 &P 页 共 &N 页"}),
		b.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: b.name, RefersTo: fmt.Sprintf("'%s'!$1:$%d", strings.ReplaceAll(b.name, "'", "''"), rows)}),
	} {
		if err != nil {
			return fault.Wrap("lay out the list", err)
		}
	}
	for i, c := range columns {
		if err := b.beginColumn(i+1, c); err != nil {
			return err
		}
	}
	last := columnName(len(columns) - 1)
	if err := b.putAcross(last, styleKey{bold: true, centred: true, size: 16}, b.layout.Name+b.layout.Kind.Label.Zh); err != nil {
		return err
	}
	line := fmt.Sprintf("单位：%s        截至：%s", b.unit(), b.layout.Day)
	if err := b.putAcross(last, styleKey{size: 10}, line); err != nil {
		return err
	}
	if grouped {
		return b.putGroups(columns)
	}
	titles := make([]any, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	return b.putHeader(titles)
}

// unit is the unit as a list names it; before the tree of units has come nobody knows
// its name, and there is room to write it.
func (b *book) unit() string {
	if b.layout.Name == "" {
		return "____________"
	}
	return b.layout.Name + "（" + b.layout.Unit + "）"
}

// putAcross writes a row of one text over all columns.
func (b *book) putAcross(last string, key styleKey, text string) error {
	style, err := b.style(key)
	if err != nil {
		return err
	}
	if err := b.put([]any{excelize.Cell{StyleID: style, Value: text}}); err != nil {
		return err
	}
	return b.merge(fmt.Sprintf("A%d", b.row), fmt.Sprintf("%s%d", last, b.row))
}

func (b *book) merge(from, to string) error {
	if from == to {
		return nil
	}
	return fault.Wrap("lay out the list", b.out.MergeCell(from, to))
}

func (b *book) putHeader(titles []any) error {
	style, err := b.style(styleKey{bold: true, centred: true, filled: true, framed: true})
	if err != nil {
		return err
	}
	for i, title := range titles {
		titles[i] = excelize.Cell{StyleID: style, Value: title}
	}
	return b.put(titles)
}

// putGroups writes the two rows of a header: neighbours with one head stand below it,
// a column without a head takes both rows.
func (b *book) putGroups(columns []written) error {
	upper, lower := make([]any, len(columns)), make([]any, len(columns))
	for i, c := range columns {
		upper[i], lower[i] = c.title, ""
		if c.head != "" {
			upper[i], lower[i] = c.head, c.title
		}
	}
	if err := b.putHeader(upper); err != nil {
		return err
	}
	if err := b.putHeader(lower); err != nil {
		return err
	}
	for i := 0; i < len(columns); {
		end := i
		for columns[i].head != "" && end+1 < len(columns) && columns[end+1].head == columns[i].head {
			end++
		}
		bottom := b.row - 1
		if columns[i].head == "" {
			bottom = b.row
		}
		if err := b.merge(fmt.Sprintf("%s%d", columnName(i), b.row-1), fmt.Sprintf("%s%d", columnName(end), bottom)); err != nil {
			return err
		}
		i = end + 1
	}
	return nil
}

// endPrint writes where a list is signed and sealed.
func (b *book) endPrint(columns int) error {
	return b.putAcross(columnName(columns-1), styleKey{size: 10},
		"制表人：____________        审核人：____________        单位（盖章）：____________        日期：______年____月____日")
}
