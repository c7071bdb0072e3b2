package sheet_test

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongbu/node/sheet"
)

// TestProperties: a workbook says that it is ours, and of which day.
func TestProperties(t *testing.T) {
	var b bytes.Buffer
	k, _ := mustSchema(t).Kind("household")
	l := sheet.Layout{Kind: k, Day: "2026-11-30"}
	must(t, sheet.WriteXLSX(&b, t.TempDir(), l, func(func(*sheet.Record) error) error { return nil }, noneRefused(t)))
	f, err := excelize.OpenReader(&b)
	must(t, err)
	defer f.Close() //nolint:errcheck // only read
	got, err := f.GetDocProps()
	must(t, err)
	if got.Creator != "tongbu" || got.Created != "2026-11-30T00:00:00Z" || got.Modified != got.Created {
		t.Errorf("the properties are %+v", got)
	}
}
