package sheet_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tongbu/internal/schema"
	"tongbu/node/sheet"
)

// rejected writes the rows that are wrong by themselves as a file, and reads it again.
func rejected(tb testing.TB, f *sheet.File, want sheet.Choice) []byte {
	tb.Helper()
	tables, _ := mustTables(tb, f, want)
	why := sheet.Reasons{}
	for _, t := range tables {
		for _, row := range mustRows(tb, t) {
			if row.wrong != nil {
				why[row.line] = "原因：" + row.wrong[0]
			}
		}
	}
	var b bytes.Buffer
	must(tb, f.WriteRejects(&b, tb.TempDir(), tables, why))
	return b.Bytes()
}

// TestRejectedRows: rejected rows come back as the file had them, with their reason,
// and are right once they are corrected.
func TestRejectedRows(t *testing.T) {
	raw := mustBook(t, "成员", func(f *excelize.File) {
		setRows(t, f, "成员", []any{"姓名", "性别", "出生日期", "备注", "联系电话"}, []any{"王明", "男"},
			[]any{"李兰", "妖", 45356, "=1+1", int64(13900000000)}, []any{"张三", "怪", "2024.3.5", "'=x", nil})
		style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		must(t, err)
		must(t, f.SetCellStyle("成员", "C3", "C3", style))
		must(t, f.SetCellFormula("成员", "E4", "1/0"))
		_, err = f.NewSheet("户")
		must(t, err)
		setRows(t, f, "户", []any{"户主姓名", "是否低保"}, []any{"王明", "也许"})
	})
	back := rejected(t, mustOpen(t, raw, sheet.XLSX), sheet.Choice{})
	tables, _ := mustTables(t, mustOpen(t, back, sheet.XLSX), sheet.Choice{})
	if len(tables) != 2 || tables[0].Name != "户" || tables[1].Name != "成员" {
		t.Fatalf("got %+v", tables)
	}
	rows := mustRows(t, tables[1])
	if len(rows) != 2 {
		t.Fatalf("got %d rows, want the two that are wrong", len(rows))
	}
	want := map[string]any{"name": "李兰", "birth_date": "2024-03-05", "remark": "=1+1", "phone": "13900000000"}
	if diff := cmp.Diff(want, rows[0].object); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"sex: the list has no such code", "phone: the file does not have the value of the formula"}, rows[1].wrong); diff != "" {
		t.Error(diff)
	}
	if rows[1].object["remark"] != "'=x" || rows[1].object["birth_date"] != "2024-03-05" {
		t.Errorf("got %v", rows[1].object)
	}
	f, err := excelize.OpenReader(bytes.NewReader(back))
	must(t, err)
	reason, err := f.GetCellValue("成员", "F2")
	must(t, err)
	title, err := f.GetCellValue("成员", "F1")
	must(t, err)
	if title != "退回原因" || reason != "原因：sex: the list has no such code" {
		t.Errorf("got %q: %q", title, reason)
	}
	again := rejected(t, mustOpen(t, back, sheet.XLSX), sheet.Choice{})
	if cells := mustBookCells(t, again, "成员"); len(cells) != 3 || len(cells[0]) != 6 {
		t.Errorf("a second reason beside the first: %v", cells)
	}
}

func mustBookCells(tb testing.TB, raw []byte, name string) [][]string {
	tb.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	must(tb, err)
	rows, err := f.GetRows(name)
	must(tb, err)
	return rows
}

func TestRejectedLines(t *testing.T) {
	const text = "姓名;性别;备注\r\n王明;男;\r\n李兰;妖;=1+1\r\n王\"五;男;甲\r\n"
	for name, raw := range map[string][]byte{"UTF-8": []byte("\ufeff" + text), "GB 18030": encoded(t, simplifiedchinese.GB18030, text)} {
		back := rejected(t, mustOpen(t, raw, sheet.CSV), sheet.Choice{Kind: "person"})
		if name == "UTF-8" {
			want := "\ufeff姓名;性别;备注;退回原因\r\n李兰;妖;'=1+1;原因：sex: the list has no such code\r\n\"王\"\"五\";男;甲;原因：the quotation marks of the row are wrong\r\n"
			if diff := cmp.Diff(want, string(back)); diff != "" {
				t.Error(diff)
			}
		}
		rows, told := mustRead(t, back, sheet.CSV, sheet.Choice{Kind: "person"})
		if len(rows) != 2 || rows[0].object["remark"] != "=1+1" || rows[1].object["name"] != "王\"五" || rows[1].wrong != nil || strings.Contains(told, "退回") {
			t.Errorf("%s: got %+v, told %q", name, rows, told)
		}
	}
}

// TestRejectedObjects: each rejected line comes back with its reason beside it, in
// characters that can be seen, and says the same when it is read again, with an old
// reason in either form.
func TestRejectedObjects(t *testing.T) {
	raw := []byte("{\"name\":\"王明\"}\n\n[1]\n{\"name\":\"李<\u0085兰\",\"unit\":7}\n{\"name\":\"张三\",\"退回原因\":\"旧\"}\nno JSON\x1b\n{\"reason\":\"旧\",\"row\":{\"name\":\"赵六\",\"unit\":7}}\n")
	back := rejected(t, mustOpen(t, raw, sheet.JSONL), sheet.Choice{Kind: "person"})
	want := `{"reason":"原因：not a JSON object","row":[1]}
{"reason":"原因：the unit is not a text","row":{"name":"李<\u0085兰","unit":7}}
{"reason":"原因：not a JSON object","row":"no JSON\u001b"}
{"reason":"原因：the unit is not a text","row":{"name":"赵六","unit":7}}
`
	if diff := cmp.Diff(want, string(back)); diff != "" {
		t.Error(diff)
	}
	if again := rejected(t, mustOpen(t, back, sheet.JSONL), sheet.Choice{Kind: "person"}); string(again) != want {
		t.Errorf("a second time: got %s", again)
	}
	rows, _ := mustRead(t, raw, sheet.JSONL, sheet.Choice{Kind: "person"})
	if len(rows) != 6 || rows[1].number != 3 || len(rows[3].object) != 1 {
		t.Errorf("got %+v", rows)
	}
	mended := bytes.ReplaceAll(back, []byte(",\"unit\":7"), nil)
	if rows, _ = mustRead(t, mended, sheet.JSONL, sheet.Choice{Kind: "person"}); rows[3].wrong != nil || rows[3].object["name"] != "赵六" {
		t.Errorf("mended: got %+v", rows[3])
	}
}

// TestReasonIsAField: a record that has a reason of its own keeps it.
func TestReasonIsAField(t *testing.T) {
	raw := []byte("{\"reason\":\"甲\"}\n{\"reason\":\"乙\",\"row\":{},\"remark\":\"丙\"}\n")
	rows, _ := mustRead(t, raw, sheet.JSONL, sheet.Choice{Kind: "person"})
	if len(rows) != 2 || rows[0].object["reason"] != "甲" || rows[1].object["reason"] != "乙" {
		t.Errorf("got %+v", rows)
	}
}

// TestRejectedControls: what a terminal or a spreadsheet would obey comes back as
// something that can be seen, in every format.
func TestRejectedControls(t *testing.T) {
	raw := []byte("姓名,性\x1b别,备注\n\"王\x1b[31m明\x00\u202e\",妖,\"甲\n乙\"\n")
	back := rejected(t, mustOpen(t, raw, sheet.CSV), sheet.Choice{Kind: "person"})
	if want := "王\ufffd[31m明\ufffd\ufffd,"; !bytes.Contains(back, []byte(want)) || bytes.ContainsAny(back, "\x00\x1b\u202e") {
		t.Errorf("got %q", back)
	}
	if !bytes.Contains(back, []byte("\"甲\n乙\"")) && !bytes.Contains(back, []byte("\"甲\r\n乙\"")) {
		t.Errorf("the line feed of a cell is gone: %q", back)
	}
	book := mustBook(t, "成员", func(f *excelize.File) {
		setRows(t, f, "成员", []any{"姓名", "性别"}, []any{"王\u202e明", "妖"})
	})
	cells := mustBookCells(t, rejected(t, mustOpen(t, book, sheet.XLSX), sheet.Choice{}), "成员")
	if len(cells) != 2 || cells[1][0] != "王\ufffd明" {
		t.Errorf("got %q", cells)
	}
}

// TestNoVersion: a row of a form that was filled in before, whose version is gone, is
// rejected: it would overwrite what nobody has read. A new row below it, and a table
// without versions, are as ever.
func TestNoVersion(t *testing.T) {
	tables := map[string]struct {
		raw    string
		format sheet.Format
	}{
		"csv":   {"姓名,记录标识,记录版本\n王明,gmaaaaaaaaaaaaaa.1,\n李兰,gmaaaaaaaaaaaaaa.2,v2\n张三,,\n", sheet.CSV},
		"blank": {"姓名,记录标识,记录版本\n王明,gmaaaaaaaaaaaaaa.1,\"  \"\n李兰,gmaaaaaaaaaaaaaa.2,v2\n张三,,\n", sheet.CSV},
		"jsonl": {"{\"id\":\"a\",\"version\":null}\n{\"id\":\"a\",\"version\":\"v\"}\n{\"version\":null}\n", sheet.JSONL},
		"empty": {"{\"id\":\"a\",\"version\":\"\"}\n{\"id\":\"a\"}\n{\"name\":\"王明\"}\n", sheet.JSONL},
	}
	for name, test := range tables {
		rows, _ := mustRead(t, []byte(test.raw), test.format, sheet.Choice{Kind: "person"})
		wantWrong(t, rows, "the row has the id of a record and no version")
		if len(rows) != 3 || rows[1].wrong != nil || rows[2].wrong != nil {
			t.Errorf("%s: got %+v", name, rows)
		}
	}
	rows, _ := mustRead(t, []byte("姓名,记录标识\n王明,gmaaaaaaaaaaaaaa.1\n"), sheet.CSV, sheet.Choice{Kind: "person"})
	if len(rows) != 1 || rows[0].wrong != nil {
		t.Errorf("an export without versions: got %+v", rows)
	}
}

// TestNoObjects: JSON Lines without a line are a mistake.
func TestNoObjects(t *testing.T) {
	for _, raw := range []string{"", "\n \r\n\n"} {
		_, _, err := mustOpen(t, []byte(raw), sheet.JSONL).Tables(mustSchema(t), sheet.Choice{Kind: "person"})
		wantInvalid(t, err, "nothing was given")
	}
}

// TestRejectedNames: sheets that no spreadsheet would name so come back too, each for
// itself, and a kind whose label is no name of a sheet is found by its own.
func TestRejectedNames(t *testing.T) {
	long := strings.Repeat("长", 31)
	raw := rawBook(t, map[string]string{
		"xl/workbook.xml":            `<workbook><sheets><sheet name="甲/乙" sheetId="1" r:id="r1"/><sheet name="甲-乙" sheetId="2" r:id="r1"/><sheet name="` + long + `尾" sheetId="3" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   rawSheet(`<row><c t="inlineStr"><is><t>姓名</t></is></c><c t="inlineStr"><is><t>性别</t></is></c></row><row><c t="inlineStr"><is><t>王明</t></is></c><c t="inlineStr"><is><t>妖</t></is></c></row>`),
	})
	back := rejected(t, mustOpen(t, raw, sheet.XLSX), sheet.Choice{Kind: "person"})
	tables, _ := mustTables(t, mustOpen(t, back, sheet.XLSX), sheet.Choice{Kind: "person"})
	var names []string
	for _, table := range tables {
		names = append(names, table.Name)
		if rows := mustRows(t, table); len(rows) != 1 {
			t.Errorf("%s: got %d rows", table.Name, len(rows))
		}
	}
	if diff := cmp.Diff([]string{"甲-乙", "2甲-乙", long}, names); diff != "" {
		t.Error(diff)
	}
	s, err := schema.Parse([]byte("kinds: [{name: odd, label: {zh: '登记/注销'}, writers: [5], fields: [{name: name, label: {zh: 姓名}, type: text}]}]"))
	must(t, err)
	k, _ := s.Kind("odd")
	var b bytes.Buffer
	must(t, sheet.WriteXLSX(&b, t.TempDir(), sheet.Layout{Kind: k}, func(yield func(*sheet.Record) error) error {
		return yield(&sheet.Record{ID: "x", Fields: map[string]any{"name": "王明"}})
	}, noneRefused(t)))
	found, _, err := mustOpen(t, b.Bytes(), sheet.XLSX).Tables(s, sheet.Choice{})
	must(t, err)
	if len(found) != 1 || found[0].Kind != k {
		t.Errorf("got %v", found)
	}
}
