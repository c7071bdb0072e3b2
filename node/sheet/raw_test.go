package sheet_test

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"tongbu/node/sheet"
)

const rawHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`

// rawParts are those of a workbook with one sheet, as small as they can be.
func rawParts() map[string]string {
	return map[string]string{
		"[Content_Types].xml":        rawHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"xl/workbook.xml":            rawHead + `<x:workbook xmlns:x="main" xmlns:r="rel"><x:sheets><x:sheet name="表" sheetId="1" r:id="rId1"/></x:sheets></x:workbook>`,
		"xl/_rels/workbook.xml.rels": rawHead + `<Relationships><Relationship Id="rId1" Type="t" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   rawSheet(""),
	}
}

func rawSheet(rows string) string {
	return rawHead + `<worksheet xmlns="main"><sheetData>` + rows + `</sheetData></worksheet>`
}

// rawBook makes a workbook of parts that take the place of those of rawParts.
func rawBook(tb testing.TB, parts map[string]string) []byte {
	tb.Helper()
	all := rawParts()
	maps.Copy(all, parts)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		w, err := z.Create(name)
		must(tb, err)
		_, err = w.Write([]byte(all[name]))
		must(tb, err)
	}
	must(tb, z.Close())
	return b.Bytes()
}

// TestForeignFiles: what is not read is refused with what to do, whatever it is named.
func TestForeignFiles(t *testing.T) {
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	locked := ole + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"
	zipped := func(name string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		_, err := z.Create(name)
		must(t, err)
		must(t, z.Close())
		return b.Bytes()
	}
	tests := map[string]struct {
		raw  []byte
		as   sheet.Format
		want string
	}{
		"an old workbook":           {[]byte(ole), sheet.XLSX, "old format (.xls)"},
		"one named as text":         {[]byte(ole), sheet.CSV, "old format (.xls)"},
		"a password":                {[]byte(locked), sheet.XLSX, "password"},
		"a page named a workbook":   {[]byte("<html><table>"), sheet.XLSX, "no Excel workbook"},
		"text named a workbook":     {[]byte("姓名,性别\n"), sheet.XLSX, "no Excel workbook"},
		"nothing":                   {nil, sheet.XLSX, "empty"},
		"nothing, as text":          {nil, sheet.CSV, "empty"},
		"a binary workbook":         {zipped("xl/workbook.bin"), sheet.XLSX, ".xlsb"},
		"OpenDocument":              {zipped("content.xml"), sheet.XLSX, ".ods"},
		"another archive":           {zipped("a.txt"), sheet.XLSX, "no Excel workbook"},
		"a workbook cut short":      {rawBook(t, nil)[:300], sheet.XLSX, "damaged"},
		"a workbook without sheets": {rawBook(t, map[string]string{"xl/workbook.xml": "<workbook/>"}), sheet.XLSX, "no sheet"},
		"XML that is none":          {rawBook(t, map[string]string{"xl/workbook.xml": "<workbook><"}), sheet.XLSX, "cannot be read"},
	}
	for name, test := range tests {
		_, err := open(test.raw, test.as)
		t.Run(name, func(t *testing.T) { wantInvalid(t, err, test.want) })
	}
}

// TestMacros: a workbook with macros is read as data, and that is said.
func TestMacros(t *testing.T) {
	raw := rawBook(t, map[string]string{
		"xl/vbaProject.bin":        "macro",
		"xl/worksheets/sheet1.xml": rawSheet(`<row><c t="inlineStr"><is><t>姓名</t></is></c></row><row><c t="inlineStr"><is><t>王明</t></is></c></row>`),
	})
	rows, told := mustRead(t, raw, sheet.XLSX, sheet.Choice{Kind: "person"})
	if wantValue(t, rows, "name", "王明"); !strings.Contains(told, "macros") {
		t.Errorf("got %q", told)
	}
}

// TestManyTexts: texts that take far more memory than the file is large are refused, by
// their number or by their length; as many as people have are read.
func TestManyTexts(t *testing.T) {
	book := func(text string, n int) []byte {
		all := rawHead + `<sst xmlns="main">` + strings.Repeat("<si><t>"+text+"</t></si>", n) + `</sst>`
		return rawBook(t, map[string]string{"xl/sharedStrings.xml": all, "xl/_rels/workbook.xml.rels": rawHead + `<Relationships><Relationship Id="rId1" Type="t" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="t/sharedStrings" Target="sharedStrings.xml"/></Relationships>`})
	}
	for _, raw := range map[string][]byte{"many": book("", 3_000_000), "long": book(strings.Repeat("路", 10_000), 1000)} {
		_, err := open(raw, sheet.XLSX)
		wantInvalid(t, err, "unfolds to more than can be read")
	}
	mustOpen(t, book("湖滨路8号2单元", 100_000), sheet.XLSX)
}

// TestBombs: what unfolds to far more than it is ends early, and costs no memory.
func TestBombs(t *testing.T) {
	blanks := strings.Repeat(" ", 66<<20)
	tests := map[string]map[string]string{
		"a sheet of blanks":     {"xl/worksheets/sheet1.xml": rawHead + "<worksheet>" + blanks + "</worksheet>"},
		"a text without an end": {"xl/sharedStrings.xml": "<sst><si><t>" + strings.Repeat("ab", 2<<20)},
		"a tag without an end":  {"xl/styles.xml": "<styleSheet " + strings.Repeat(`a="b" `, 1<<20)},
	}
	for name, parts := range tests {
		raw := rawBook(t, parts)
		t.Run(name, func(t *testing.T) {
			f, err := open(raw, sheet.XLSX)
			if err == nil {
				_, _, err = f.Tables(mustSchema(t), sheet.Choice{Kind: "person"})
			}
			wantInvalid(t, err, "unfolds to more than can be read")
		})
	}
}

// TestBareRows: rows and cells that do not say where they are follow each other.
func TestBareRows(t *testing.T) {
	raw := rawBook(t, map[string]string{"xl/worksheets/sheet1.xml": rawSheet(`<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c t="inlineStr"><is><t>备注</t></is></c></row>` +
		`<row r="5"><c r="B5"><v>1</v></c></row><row><c t="inlineStr"><is><t>李兰</t></is></c></row>`)})
	rows, _ := mustRead(t, raw, sheet.XLSX, sheet.Choice{Kind: "person"})
	if len(rows) != 2 || rows[0].number != 5 || rows[0].object["remark"] != "1" || rows[1].number != 6 || rows[1].object["name"] != "李兰" {
		t.Errorf("got %+v", rows)
	}
}
