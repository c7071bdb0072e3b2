// Package workbook writes a report as a workbook in the layout of the printed monthly
// tables: a sheet with the figures of the unit, one that sets the units below it side by
// side, one with all figures in rows, and one that says of what was counted.
package workbook

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/report"
	"tongbu/internal/schema"
)

// Write writes the workbook of a report that has an id. s names the ledgers; times are said
// in the network's zone.
func Write(w io.Writer, id string, r *report.Report, s *schema.Schema, zone *time.Location) error {
	b := &book{file: excelize.NewFile(), id: id, of: r, schema: s, zone: zone, figures: map[place]*report.Figure{}}
	defer b.file.Close() //nolint:errcheck // nothing of it is on a disk
	for i := range r.Figures {
		f := &r.Figures[i]
		b.figures[place{f.Unit, f.Indicator, f.Group}] = f
	}
	for _, write := range []func() error{b.properties, b.styles, b.summary, b.beside, b.rows, b.basis} {
		if err := write(); err != nil {
			return fault.As(fault.Internal, "write a workbook", err)
		}
	}
	var made bytes.Buffer
	if _, err := b.file.WriteTo(&made); err != nil {
		return fault.Wrap("write a workbook", err)
	}
	return inOrder(w, &made)
}

type place struct{ unit, indicator, group string }

// book is a workbook that is being written.
type book struct {
	file    *excelize.File
	id      string
	of      *report.Report
	schema  *schema.Schema
	zone    *time.Location
	figures map[place]*report.Figure

	title, head, text, number, share, note int // styles
}

// longestName is how much of a name a property of a workbook takes.
const longestName = 200

// properties say by whom and when the report was made: the same report makes the same bytes.
func (b *book) properties() error {
	by := b.of.By.Unit
	for _, u := range b.of.Units {
		if u.Code == by {
			by = u.Name
		}
	}
	by = plain.Line(by)
	by = string([]rune(by)[:min(longestName, len([]rune(by)))])
	made := b.of.Made.UTC().Format(time.RFC3339)
	return b.file.SetDocProps(&excelize.DocProperties{Creator: by + " (tongbu)", LastModifiedBy: by + " (tongbu)", Created: made, Modified: made, Identifier: b.id})
}

func (b *book) styles() (err error) {
	line := []excelize.Border{}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		line = append(line, excelize.Border{Type: side, Style: 1, Color: "808080"})
	}
	whole, percent := 3, 10 // #,##0 and 0.00%
	for _, style := range []struct {
		into *int
		as   excelize.Style
	}{
		{&b.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 16}, Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center"}}},
		{&b.note, excelize.Style{Font: &excelize.Font{Size: 10}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}}},
		{&b.head, excelize.Style{Font: &excelize.Font{Bold: true}, Border: line, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF4"}}, Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}}},
		{&b.text, excelize.Style{Border: line, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}}},
		{&b.number, excelize.Style{Border: line, NumFmt: whole, Alignment: &excelize.Alignment{Vertical: "center"}}},
		{&b.share, excelize.Style{Border: line, NumFmt: percent, Alignment: &excelize.Alignment{Vertical: "center"}}},
	} {
		if *style.into, err = b.file.NewStyle(&style.as); err != nil {
			return err
		}
	}
	return nil
}

// sheet begins a sheet for A4 across, whose rows down to the header are on each page.
func (b *book) sheet(name string, widths []float64, header []string) (*page, error) {
	if _, err := b.file.NewSheet(name); err != nil {
		return nil, err
	}
	if i, err := b.file.GetSheetIndex("Sheet1"); err == nil && i >= 0 {
		if err := b.file.DeleteSheet("Sheet1"); err != nil {
			return nil, err
		}
	}
	out, err := b.file.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	p := &page{book: b, out: out, name: name, columns: len(widths)}
	if err := p.layOut(); err != nil {
		return nil, err
	}
	for i, width := range widths {
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
	}
	of := b.of
	for _, err := range []error{
		p.across(b.title, of.Unit.Name+periodText(of)+"　"+name),
		p.across(b.note, fmt.Sprintf("单位：%s（%s）　截至：%s%s　编号：%s", of.Unit.Name, of.Unit.Code, of.Day, partialText(of), b.id[:16])),
		p.header(header),
	} {
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

func periodText(r *report.Report) string {
	year, part, _ := strings.Cut(r.Period, "-")
	switch {
	case part == "":
		return year + "年年报"
	case part[0] == 'Q':
		return year + "年第" + string([]rune("一二三四")[part[1]-'1']) + "季度报表"
	}
	return year + "年" + strings.TrimPrefix(part, "0") + "月月报"
}

func partialText(r *report.Report) string {
	if r.Partial {
		return "（本期未结束）"
	}
	return ""
}

// labels are how people call a figure, and what it counts.
func (b *book) labels(f *report.Figure) (indicator, group, basis string) {
	if f.Group == report.Rows {
		label := f.Indicator
		if k, known := b.schema.Kind(f.Indicator); known {
			label = k.Label.Zh
		}
		return label, "行数", "当日台账的行数"
	}
	if all := facts.Named(f.Indicator + "/" + f.Group); len(all) == 1 {
		return all[0].Label.Zh, all[0].GroupLabel.Zh, all[0].Basis.Zh
	}
	return f.Indicator, f.Group, ""
}

// targetOf is the target of a figure, as people write it.
func targetOf(f *report.Figure) string {
	all := facts.Named(f.Indicator + "/" + f.Group)
	switch {
	case len(all) != 1 || all[0].Target == 0:
		return ""
	case all[0].Most:
		return fmt.Sprintf("≤ %d%%", all[0].Target)
	}
	return fmt.Sprintf("≥ %d%%", all[0].Target)
}
