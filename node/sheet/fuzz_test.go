package sheet_test

import (
	"bytes"
	"io"
	"testing"

	"tongbu/node/sheet"
)

// FuzzRead: whatever a file holds, it is read or refused, and its rows are written
// back: as the file itself, and as the rows, texts and styles of a workbook.
func FuzzRead(f *testing.F) {
	f.Add([]byte("姓名,性别\n王明,男\n"))
	f.Add([]byte(`{"name":"王明","unit":7}`))
	f.Add([]byte(rawSheet(`<row r="1"><c r="A1" t="s"><v>0</v></c><c t="inlineStr"><is><t>备注</t></is></c></row><row r="9"><c r="B9" s="1"><v>1e3</v></c></row>`)))
	f.Add([]byte(`<worksheet><sheetData><row><c t="str"><v>姓名</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B3"/></mergeCells></worksheet>`))
	f.Add([]byte(`<sst><si><t>姓名</t><rPh><t>x</t></rPh></si></sst>`))
	f.Add([]byte(`<styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy"/></numFmts><cellXfs><xf numFmtId="170"/></cellXfs></styleSheet>`))
	f.Add([]byte("aac003,aac004,血型,,tongbu\n王明,01,O,x,\"{\"\"marital\"\":\"\"21\"\"}\"\n"))
	f.Add([]byte(`{"aac003":"王明","aac001":7,"x":{"a":[1]},"tongbu":{"training_days":3}}`))
	tmp := f.TempDir()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 64<<10 {
			return
		}
		readAll(t, tmp, raw, sheet.CSV)
		readAll(t, tmp, raw, sheet.JSONL)
		for _, part := range []string{"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"} {
			readAll(t, tmp, rawBook(t, map[string]string{part: string(raw)}), sheet.XLSX)
		}
	})
}

func readAll(t *testing.T, tmp string, raw []byte, as sheet.Format) {
	t.Helper()
	readTables(t, tmp, raw, as, sheet.Choice{Kind: "person"})
	readTables(t, tmp, raw, as, sheet.Choice{Kind: "person", Map: mustMap(t)})
}

func readTables(t *testing.T, tmp string, raw []byte, as sheet.Format, want sheet.Choice) {
	t.Helper()
	file, err := sheet.Open(bytes.NewReader(raw), int64(len(raw)), as)
	if err != nil {
		return
	}
	tables, _, err := file.Tables(mustSchema(t), want)
	if err != nil {
		return
	}
	why := sheet.Reasons{}
	for _, table := range tables {
		err := table.Rows(func(row *sheet.Row) error {
			why[row.Line] = "原因"
			if file.Title(row.Line) == "" {
				t.Error("a row without a title")
			}
			return nil
		})
		if err != nil {
			return
		}
	}
	if err := file.WriteRejects(io.Discard, tmp, tables, why); err != nil {
		t.Errorf("what was read is not written: %v", err)
	}
}
