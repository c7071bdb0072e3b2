package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"tongbu/internal/schema"
	"tongbu/node/sheet"
)

// page is one sheet of a workbook: its name and records of a kind.
type page struct {
	name    string
	kind    *schema.Kind
	records []map[string]any
}

// writeBook writes the pages into a workbook, each with the columns that the
// template of its kind has, every cell a text, as a clerk types them.
func writeBook(path, tmp string, pages []page) (err error) {
	f := excelize.NewFile(excelize.Options{TmpDir: tmp})
	defer func() { err = errors.Join(err, f.Close()) }()
	for i, p := range pages {
		if i == 0 {
			err = f.SetSheetName("Sheet1", p.name)
		} else {
			_, err = f.NewSheet(p.name)
		}
		if err == nil {
			err = writePage(f, p)
		}
		if err != nil {
			return err
		}
	}
	return f.SaveAs(path)
}

func writePage(f *excelize.File, p page) error {
	cells, err := p.cells()
	if err != nil {
		return err
	}
	out, err := f.NewStreamWriter(p.name)
	if err != nil {
		return err
	}
	for row := 1; ; row++ {
		texts, err := cells.Read()
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err == nil {
			err = out.SetRow("A"+strconv.Itoa(row), typed(texts))
		}
		if err != nil {
			return err
		}
	}
}

// typed are cells with nothing in the place of an empty text.
func typed(texts []string) []any {
	cells := make([]any, len(texts))
	for i, t := range texts {
		if t != "" {
			cells[i] = t
		}
	}
	return cells
}

// cells are the rows of the page as the program itself shows them in a table.
func (p page) cells() (*csv.Reader, error) {
	var b bytes.Buffer
	layout := sheet.Layout{Kind: p.kind, Template: true}
	err := sheet.WriteCSV(&b, layout, sheet.UTF8, func(yield func(*sheet.Record) error) error {
		for _, fields := range p.records {
			if err := yield(p.record(fields)); err != nil {
				return err
			}
		}
		return nil
	}, func(_ int, why error) error { return why })
	b.Next(len("\ufeff"))
	return csv.NewReader(&b), err
}

// record names others by their numbers.
func (p page) record(fields map[string]any) *sheet.Record {
	r := &sheet.Record{Fields: fields, Called: map[string]string{}}
	for name, value := range fields {
		if f, ok := p.kind.Field(name); ok && f.Type == schema.Ref {
			r.Called[name], _ = value.(string) // else the field is not called
		}
	}
	return r
}
