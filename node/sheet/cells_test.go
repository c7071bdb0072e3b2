package sheet_test

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongbu/node/sheet"
)

// TestDates: a date counts however it was typed, and as a cell of dates whatever its
// format is.
func TestDates(t *testing.T) {
	for _, text := range []string{"2024-03-05", "2024/3/5", "2024.3.5", "20240305", "2024年3月5日", "２０２４年３月５日", "2024-03-05 00:00:00", " 2024/03/05 "} {
		wantValue(t, persons(t, []any{"姓名", "出生日期"}, []any{"王明", text}), "birth_date", "2024-03-05")
	}
	wantValue(t, persons(t, []any{"姓名", "出生日期"}, []any{"王明", 20240305}), "birth_date", "2024-03-05")
	wantWrong(t, persons(t, []any{"姓名", "出生日期"}, []any{"王明", 45356}), "birth_date: it is a number that is not shown as a date")
	wantValue(t, persons(t, []any{"姓名", "出生日期"}, []any{"王明", "2024年3月"}), "birth_date", "2024年3月") // the schema refuses it
}

func TestDateCells(t *testing.T) {
	tests := []struct {
		name   string
		value  any
		format string
		id     int
		mac    bool
		want   string
	}{
		{"the short format of Excel", 45356, "", 14, false, "2024-03-05"},
		{"two digits of a year", 20000, "yy-m-d", 0, false, "1954-10-03"},
		{"Chinese", 45356, `yyyy"年"m"月"d"日"`, 0, false, "2024-03-05"},
		{"a format of East Asia", 45356, "", 31, false, "2024-03-05"},
		{"with a locale", 45356, "[$-804]yyyy-mm-dd;@", 0, false, "2024-03-05"},
		{"day 61 of 1900", 61, "yyyy-mm-dd", 0, false, "1900-03-01"},
		{"day 59 of 1900", 59, "yyyy-mm-dd", 0, false, "1900-02-28"},
		{"from 1904 on", 43894, "yyyy-mm-dd", 0, true, "2024-03-05"},
	}
	for _, test := range tests {
		raw := mustBook(t, "成员", func(f *excelize.File) {
			setRows(t, f, "成员", []any{"姓名", "出生日期"}, []any{"王明", test.value})
			s := &excelize.Style{NumFmt: test.id}
			if test.format != "" {
				s.CustomNumFmt = &test.format
			}
			style, err := f.NewStyle(s)
			must(t, err)
			must(t, f.SetCellStyle("成员", "B2", "B2", style))
			must(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &test.mac}))
		})
		rows, _ := mustRead(t, raw, sheet.XLSX, sheet.Choice{})
		t.Run(test.name, func(t *testing.T) { wantValue(t, rows, "birth_date", test.want) })
	}
}

// TestBadDateCells: what a date cell shows and is no day is refused, never guessed.
func TestBadDateCells(t *testing.T) {
	for value, want := range map[any]string{45356.5: "a time of day", 60: "shows no day", 0: "shows no day", 1e7: "shows no day"} {
		raw := mustBook(t, "成员", func(f *excelize.File) {
			setRows(t, f, "成员", []any{"姓名", "出生日期"}, []any{"王明", value})
			style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
			must(t, err)
			must(t, f.SetCellStyle("成员", "B2", "B2", style))
		})
		rows, _ := mustRead(t, raw, sheet.XLSX, sheet.Choice{})
		wantWrong(t, rows, want)
	}
}

// TestNumbersInText: a time format is no date, and digits typed as a number stay what
// they are.
func TestNumbersInText(t *testing.T) {
	wantValue(t, persons(t, []any{"姓名", "联系电话"}, []any{"王明", int64(13900000000)}), "phone", "13900000000")
	wantValue(t, persons(t, []any{"姓名", "联系电话"}, []any{"王明", 1.39e10}), "phone", "13900000000")
	wantValue(t, persons(t, []any{"姓名", "备注"}, []any{"王明", 12.5}), "remark", "12.5")
	wantValue(t, persons(t, []any{"姓名", "备注"}, []any{"王明", "=1+1"}), "remark", "=1+1")
}

// TestIDNumbers: an ID number that a spreadsheet took for a number has lost its end,
// whatever it looks like.
func TestIDNumbers(t *testing.T) {
	for _, cut := range []any{420202198903210000.0, 4.20202198903215e17, 4202021989032101e2} {
		wantWrong(t, persons(t, []any{"姓名", "公民身份号码"}, []any{"王明", cut}), "id_number: it is a number of more than 15 digits: a spreadsheet has cut it")
	}
	wantValue(t, persons(t, []any{"姓名", "公民身份号码"}, []any{"王明", int64(420202890321561)}), "id_number", "420202890321561")
	wantValue(t, persons(t, []any{"姓名", "公民身份号码"}, []any{"王明", "４２０２０２１９８９０３２１５６１ｘ"}), "id_number", "42020219890321561X")
	long := mustBook(t, "户", func(f *excelize.File) {
		setRows(t, f, "户", []any{"调查表编号", "户主姓名"}, []any{4.2020200700520261e21, "王明"})
	})
	rows, _ := mustRead(t, long, sheet.XLSX, sheet.Choice{})
	wantWrong(t, rows, "form_no: it is a number of more than 15 digits")
}

func TestCodes(t *testing.T) {
	for _, given := range []any{"1", "男", "1 男", "1-男", "１", "1：男", 1, "1 male"} {
		wantValue(t, persons(t, []any{"姓名", "性别"}, []any{"王明", given}), "sex", "1")
	}
	wantValue(t, persons(t, []any{"姓名", "与户主关系"}, []any{"王明", 2}), "relation", "02") // a spreadsheet has taken the zero
	wantWrong(t, persons(t, []any{"姓名", "性别"}, []any{"王明", "妖"}), "sex: the list has no such code")
	wantWrong(t, persons(t, []any{"姓名", "性别"}, []any{"王明", "1 女"}), "sex: the code and the name behind it are not of one item")
	wantWrong(t, persons(t, []any{"姓名", "民族"}, []any{"王明", 99999}), "nationality: the list has no such code")
}

func TestSets(t *testing.T) {
	for _, given := range []string{"050,060", "050、060", "060;050", "050；060", "050，060", "050 大龄就业困难人员; 060", "050\n060"} {
		rows := persons(t, []any{"姓名", "就业困难类别"}, []any{"王明", given})
		if rows[0].wrong != nil && strings.Contains(given, "大龄") {
			continue // the name in the list may be another
		}
		wantValue(t, rows, "hardship", []string{"050", "060"})
	}
	wantWrong(t, persons(t, []any{"姓名", "就业困难类别"}, []any{"王明", "050、没有"}), "hardship: the list has no such code")
}

func households(tb testing.TB, rows ...[]any) []read {
	tb.Helper()
	got, _ := mustRead(tb, mustBook(tb, "家庭", func(f *excelize.File) { setRows(tb, f, "家庭", rows...) }), sheet.XLSX, sheet.Choice{})
	return got
}

func TestMoney(t *testing.T) {
	for given, want := range map[any]int{"12.34": 1234, 12.34: 1234, "１２．３４": 1234, "1,234.5": 123450, "￥12元": 1200, 0.30000000000000004: 30, 12.339999999999998: 1234, 7: 700, "12.300": 1230} {
		wantValue(t, households(t, []any{"户主姓名", "低保金额"}, []any{"王明", given}), "low_income_amount", want)
	}
	wantWrong(t, households(t, []any{"户主姓名", "低保金额"}, []any{"王明", "12.345"}), "low_income_amount: the amount has more than two decimals")
	wantWrong(t, households(t, []any{"户主姓名", "低保金额"}, []any{"王明", "很多"}), "low_income_amount: it is not an amount in yuan")
}

func TestTruthAndWhole(t *testing.T) {
	for _, given := range []any{"是", "有", true, "1", 1, "yes"} {
		wantValue(t, households(t, []any{"户主姓名", "是否低保"}, []any{"王明", given}), "low_income", true)
	}
	wantValue(t, households(t, []any{"户主姓名", "是否低保"}, []any{"王明", false}), "low_income", false)
	wantWrong(t, households(t, []any{"户主姓名", "是否低保"}, []any{"王明", "也许"}), "low_income: it is neither 是 nor 否")
	wantValue(t, households(t, []any{"户主姓名", "家庭人口"}, []any{"王明", "３"}), "people", 3)
	wantValue(t, households(t, []any{"户主姓名", "家庭人口"}, []any{"王明", 3.0}), "people", 3)
	wantWrong(t, households(t, []any{"户主姓名", "家庭人口"}, []any{"王明", 3.5}), "people: it is not a whole number")
}

// TestFormulas: the value that the file has counts; a formula that failed, or whose
// value the file does not have, rejects the row.
func TestFormulas(t *testing.T) {
	book := func(cell string) []byte {
		return rawBook(t, map[string]string{"xl/worksheets/sheet1.xml": rawSheet(`<row><c t="inlineStr"><is><t>姓名</t></is></c><c t="inlineStr"><is><t>备注</t></is></c></row><row><c t="inlineStr"><is><t>王明</t></is></c>` + cell + `</row>`)})
	}
	tests := map[string]string{
		`<c t="e"><f>VLOOKUP(A1,B:B,1)</f><v>#N/A</v></c>`:      "remark: the formula of the cell has an error",
		`<c><f>NOW()</f></c>`:                                   "remark: the file does not have the value of the formula",
		`<c t="s"><v>7</v></c>`:                                 "remark: a character of the cell cannot be read",
		`<c><v>twelve</v></c>`:                                  "remark: a character of the cell cannot be read",
		`<c t="inlineStr"><is><t>` + "\ufffd" + `</t></is></c>`: "remark: a character of the cell cannot be read",
	}
	for cell, want := range tests {
		rows, _ := mustRead(t, book(cell), sheet.XLSX, sheet.Choice{Kind: "person"})
		wantWrong(t, rows, want)
	}
	rows, _ := mustRead(t, book(`<c t="str"><f>"a"&amp;"b"</f><v>ab</v></c>`), sheet.XLSX, sheet.Choice{Kind: "person"})
	wantValue(t, rows, "remark", "ab")
	rows, _ = mustRead(t, book(`<c t="inlineStr"><is><r><t>王</t></r><r><t>明_x000A_</t></r><rPh sb="0" eb="1"><t>wang</t></rPh></is></c>`), sheet.XLSX, sheet.Choice{Kind: "person"})
	wantValue(t, rows, "remark", "王明")
}

// TestLongCell: a cell as long as Excel has them is read and its field refuses it;
// one that is longer no spreadsheet has written.
func TestLongCell(t *testing.T) {
	long := strings.Repeat("长", 32767)
	wantWrong(t, persons(t, []any{"姓名", "备注"}, []any{"王明", long}), "remark: the value has")
	cell := `<c t="inlineStr"><is><t>` + long + `长</t></is></c>`
	raw := rawBook(t, map[string]string{"xl/worksheets/sheet1.xml": rawSheet(`<row><c t="inlineStr"><is><t>备注</t></is></c></row><row>` + cell + `</row>`)})
	rows, _ := mustRead(t, raw, sheet.XLSX, sheet.Choice{Kind: "person"})
	wantWrong(t, rows, "remark: the cell has more than 32767 characters")
}
