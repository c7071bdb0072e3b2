package sheet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"tongbu/node/sheet"
)

// TestHeaders: a column is known by label, standard code or name, whatever a form adds
// to it, in any order.
func TestHeaders(t *testing.T) {
	rows := persons(t, []any{"*性 别", "姓\n名（必填）", "AAC002", "birth_date", "文化程度(必填)", "ID NUMBER "}[:5], []any{"男", "王明", "420202198903215611", "1989-03-21", "61"})
	want := map[string]any{"sex": "1", "name": "王明", "id_number": "420202198903215611", "birth_date": "1989-03-21", "education": "61"}
	if diff := cmp.Diff(want, rows[0].object); diff != "" {
		t.Error(diff)
	}
	if rows := persons(t, []any{"Name", "kind of hukou"}, []any{"王明", "11"}); rows[0].object["hukou"] != "11" {
		t.Errorf("English labels: got %+v", rows)
	}
}

// TestHeaderBelowTitle: a title and a line of the unit may stand above the header.
func TestHeaderBelowTitle(t *testing.T) {
	rows := persons(t, []any{"钟楼社区人员表"}, []any{"单位：钟楼社区", nil, "2026年"}, []any{}, []any{"姓名", "性别"}, []any{"王明", "男"}, []any{}, []any{" ", nil}, []any{"李兰", "女"})
	if len(rows) != 2 || rows[0].number != 5 || rows[1].number != 8 || rows[1].line != 8 {
		t.Errorf("got %+v, want rows 5 and 8", rows)
	}
}
func TestBadHeaders(t *testing.T) {
	tests := map[string]struct {
		header []any
		want   string
	}{
		"a field twice":      {[]any{"姓名", "性别", "AAC003"}, "columns A and C are both"},
		"the id twice":       {[]any{"姓名", "id", "记录标识"}, "columns B and C are both"},
		"no field at all":    {[]any{"甲", "乙"}, "no row names columns of 人员"},
		"the two of one ref": {[]any{"姓名", "家庭", "调查表编号"}, "columns B and C are both"},
	}
	for name, test := range tests {
		raw := mustBook(t, "成员", func(f *excelize.File) { setRows(t, f, "成员", test.header, []any{"王明", "男", "李兰"}) })
		_, _, err := mustOpen(t, raw, sheet.XLSX).Tables(mustSchema(t), sheet.Choice{})
		t.Run(name, func(t *testing.T) { wantInvalid(t, err, test.want) })
	}
}

// TestTold: what is not read is named, and so is what the file has not.
func TestTold(t *testing.T) {
	raw := mustBook(t, "成员", func(f *excelize.File) {
		setRows(t, f, "成员", []any{"性别", "楼长", "420202198903215611"}, []any{"男", "甲"})
		_, err := f.NewSheet("说明")
		must(t, err)
		_, err = f.NewSheet("户")
		must(t, err)
	})
	_, told := mustTables(t, mustOpen(t, raw, sheet.XLSX), sheet.Choice{})
	for _, want := range []string{"成员: column B (楼长) is not read", "成员: column C (…) is not read", "成员: no column 姓名: new records are rejected", "民族", "sheet 说明 is not read", "sheet 户 is empty"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not said in:\n%s", want, told)
		}
	}
	if strings.Contains(told, "420202198903215611") {
		t.Error("an ID number is told")
	}
}

// TestCensus: both sheets of a census workbook, households first wherever they stand,
// and a member names its household by the form number.
func TestCensus(t *testing.T) {
	raw := mustBook(t, "成员", func(f *excelize.File) {
		setRows(t, f, "成员", []any{"姓名", "调查表编号"}, []any{"王明", "4202020070052026000001"})
		_, err := f.NewSheet("户")
		must(t, err)
		setRows(t, f, "户", []any{"调查表编号", "户主姓名"}, []any{"4202020070052026000001", "王明"})
	})
	f := mustOpen(t, raw, sheet.XLSX)
	tables, _ := mustTables(t, f, sheet.Choice{})
	if len(tables) != 2 || tables[0].Kind.Name != "household" || tables[1].Kind.Name != "person" {
		t.Fatalf("got %v", tables)
	}
	member := mustRows(t, tables[1])[0]
	if member.object["household"] != "4202020070052026000001" {
		t.Errorf("got %+v", member)
	}
	home := mustRows(t, tables[0])[0]
	if home.line == member.line || f.Title(home.line) != "户 2" || f.Title(member.line) != "成员 2" {
		t.Errorf("got %q and %q", f.Title(home.line), f.Title(member.line))
	}
}
func TestChoice(t *testing.T) {
	raw := mustBook(t, "甲", func(f *excelize.File) {
		setRows(t, f, "甲", []any{"姓名"}, []any{"王明"})
		_, err := f.NewSheet("乙")
		must(t, err)
		setRows(t, f, "乙", []any{"姓名"}, []any{"李兰"})
	})
	tables := func(want sheet.Choice) ([]*sheet.Table, error) {
		all, _, err := mustOpen(t, raw, sheet.XLSX).Tables(mustSchema(t), want)
		return all, err
	}
	_, err := tables(sheet.Choice{})
	wantInvalid(t, err, "nothing says what kind")
	_, err = tables(sheet.Choice{Kind: "nosuch"})
	wantInvalid(t, err, "no such kind")
	_, err = tables(sheet.Choice{Kind: "person", Sheet: "丙"})
	wantInvalid(t, err, `no sheet "丙"`)
	all, err := tables(sheet.Choice{Kind: "person"})
	if err != nil || len(all) != 2 {
		t.Errorf("got %v, %v", all, err)
	}
	one, err := tables(sheet.Choice{Kind: "person", Sheet: "乙"})
	if err != nil || len(one) != 1 || mustRows(t, one[0])[0].object["name"] != "李兰" {
		t.Errorf("got %v, %v", one, err)
	}
}

// TestHidden: what the file does not show is read, and that is said.
func TestHidden(t *testing.T) {
	raw := mustBook(t, "成员", func(f *excelize.File) {
		setRows(t, f, "成员", []any{"姓名"}, []any{"王明"}, []any{"李兰"})
		must(t, f.SetRowVisible("成员", 2, false))
		_, err := f.NewSheet("户")
		must(t, err)
		setRows(t, f, "户", []any{"户主姓名"}, []any{"王明"})
		must(t, f.SetSheetVisible("户", false))
	})
	tables, told := mustTables(t, mustOpen(t, raw, sheet.XLSX), sheet.Choice{})
	if len(tables) != 2 || !strings.Contains(told, "sheet 户 is hidden, and is read") {
		t.Errorf("got %d tables, told %q", len(tables), told)
	}
	if rows := mustRows(t, tables[1]); !rows[0].hidden || rows[1].hidden {
		t.Errorf("got %+v", rows)
	}
}

// TestMerged: a value that is merged over rows counts for each; one merged over columns
// says nothing of a field.
func TestMerged(t *testing.T) {
	raw := mustBook(t, "成员", func(f *excelize.File) {
		setRows(t, f, "成员", []any{"调查表编号", "姓名", "性别", "备注"}, []any{"F-1", "王明", "男"}, []any{nil, "李兰", "女"}, []any{nil, "王小明", "男"}, []any{"F-2", "张三", "男", "甲"}, []any{"F-3", "李四", "男"})
		must(t, f.MergeCell("成员", "A2", "A4"))
		must(t, f.MergeCell("成员", "C5", "D5"))
	})
	rows, _ := mustRead(t, raw, sheet.XLSX, sheet.Choice{})
	var homes []any
	for _, row := range rows {
		homes = append(homes, row.object["household"])
	}
	if diff := cmp.Diff([]any{"F-1", "F-1", "F-1", "F-2", "F-3"}, homes); diff != "" {
		t.Error(diff)
	}
	if want := []string{"sex: the cell is merged over several columns", "remark: the cell is merged over several columns"}; cmp.Diff(want, rows[3].wrong) != "" {
		t.Errorf("got %v, want %v", rows[3].wrong, want)
	}
	if rows[4].wrong != nil || rows[4].object["sex"] != "1" {
		t.Errorf("got %+v, want the next row to be right", rows[4])
	}
}

// TestManyColumns: a thousand columns are read, and what stands beyond them rejects its
// row only.
func TestManyColumns(t *testing.T) {
	header, first, second := make([]any, 1000), make([]any, 1000), make([]any, 1000)
	for i := range header {
		header[i], first[i] = fmt.Sprintf("栏%d", i), "x"
	}
	header[999], first[999], second[999] = "姓名", "王明", "李兰"
	raw := mustBook(t, "成员", func(f *excelize.File) {
		setRows(t, f, "成员", header, first, second)
		must(t, f.SetCellStr("成员", "XFD3", "x"))
	})
	rows, told := mustRead(t, raw, sheet.XLSX, sheet.Choice{})
	wantValue(t, rows, "name", "王明")
	wantWrong(t, rows[1:], "there are cells beyond column 1000")
	if strings.Count(told, "is not read") != 10 || !strings.Contains(told, "成员: 989 columns more are not read") {
		t.Errorf("told %s", told)
	}
}
