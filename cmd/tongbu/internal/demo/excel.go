package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/node/sheet"
)

// What the workbook of the story holds.
const (
	rightRows = 20
	wrongRows = 5
)

// imported is what tongbu import says of a file.
type imported struct{ Read, New, Changed, Unchanged, Rejected int }

// playExcel has a community import a workbook, some rows of which are wrong.
func playExcel(ctx context.Context, c *City) (string, error) {
	d := c.below(c.severed)[0]
	file, rejects := filepath.Join(c.dir, "persons.xlsx"), filepath.Join(c.dir, "persons-rejected.xlsx")
	if err := c.writeWorkbook(file, d); err != nil {
		return "", err
	}
	c.voice.printLine("%s imports a workbook of %d persons, %d of them wrong", d, rightRows+wrongRows, wrongRows)
	first, err := c.importFile(ctx, d, file, "--rejects", rejects)
	if err != nil {
		return "", err
	}
	if want := (imported{Read: rightRows + wrongRows, New: rightRows, Rejected: wrongRows}); first != want {
		return "", fault.New(fault.Internal, "the workbook: want %+v, got %+v", want, first)
	}
	for i := range rightRows {
		d.persons = append(d.persons, d.names("person", []sample.Record{{ID: excelNo(i)}})...)
	}
	d.changes += rightRows
	again, err := c.importFile(ctx, d, file)
	if err != nil {
		return "", err
	}
	if again.New+again.Changed > 0 {
		return "", fault.New(fault.Internal, "the same workbook again: want nothing written, got %+v", again)
	}
	return fmt.Sprintf("%d rows read, %d are in, %d came back as a workbook with their reasons, %s; the same file again adds nothing",
		first.Read, first.New, first.Rejected, filepath.Base(rejects)), nil
}

func excelNo(i int) string { return fmt.Sprintf("excel-%02d", i) }

// writeWorkbook makes persons as an office would send them, the last ones each wrong
// in a way of its own.
func (c *City) writeWorkbook(file string, d *desk) error {
	k, ok := c.schema.Kind("person")
	if !ok {
		return fault.New(fault.Internal, "there are no persons in the schema")
	}
	wrong := []map[string]any{{"sex": "不男不女"}, {"birth_date": "1980-02-30"}, {"id_number": "420202198001010000"}, {"name": ""}, {"hukou": "99"}}
	layout := sheet.Layout{Kind: k, Template: true, Filled: true, Unit: d.unit.Code, Name: d.unit.Name}
	records := func(yield func(*sheet.Record) error) error {
		for i := range rightRows + wrongRows {
			fields := map[string]any{"own_no": excelNo(i), "name": "导入", "sex": "1", "birth_date": "1980-01-02", "hukou": "10", "relation": "02"}
			if i >= rightRows {
				for field, item := range wrong[i-rightRows] {
					fields[field] = item
				}
			}
			if err := yield(&sheet.Record{Fields: fields}); err != nil {
				return err
			}
		}
		return nil
	}
	refused := func(_ int, why error) error { return why }
	return durable.Save(file, false, func(w io.Writer) error { return sheet.WriteXLSX(w, c.dir, layout, records, refused) })
}

// importFile imports a file as a clerk does, and returns what the command says. Rows
// that are rejected are no failure here.
func (c *City) importFile(ctx context.Context, d *desk, file string, more ...string) (said imported, err error) {
	out, err := c.cfg.Command(ctx, append([]string{"import", "--dir", d.dir, "--kind", "person", file}, more...)...)
	if wrong := json.Unmarshal([]byte(out), &said); wrong != nil {
		return said, fault.Wrap("import the workbook", err)
	}
	if said.Rejected > 0 && fault.Of(err) == fault.Invalid {
		err = nil
	}
	return said, fault.Wrap("import the workbook", err)
}
