package sheet_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"tongbu/internal/change"
	"tongbu/internal/schema"
	"tongbu/node/sheet"
)

// texts are what spoils a table when it is written without care.
var texts = []string{"=1+1", "+86 714", "-5", "@a", "'=x", "''", `"`, `a,"b"`, "一\n二", "a\tb", "_x000D_", "#N/A", "001", "420202198903215611", "1e5", "王㐀·明", "＝１", "a;b；c、d", "<b>&amp;", "真", "TRUE", "2024-03-05", "sep=;", strings.Repeat("长", 30)}

// sample makes values for all fields of a kind that people write.
func sample(k *schema.Kind, r *rand.Rand) map[string]change.Value {
	values := map[string]change.Value{}
	for _, f := range k.Fields {
		if f.ReadOnly || f.IsComputed() || r.IntN(4) == 0 {
			continue
		}
		var item any
		switch f.Type {
		case schema.Text, schema.Ref:
			item = texts[r.IntN(len(texts))]
		case schema.IDNumber:
			item = []string{"42020219890321561X", "420202198903215611", "420202890321561"}[r.IntN(3)]
		case schema.Integer:
			item = json.Number(fmt.Sprint([]int64{0, 3, -7, 1 << 60}[r.IntN(4)]))
		case schema.Money:
			item = json.Number(fmt.Sprint([]int64{0, 1, 123450, -5, 99999999999, 1 << 60}[r.IntN(6)]))
		case schema.Date:
			item = time.Date(1850+r.IntN(200), 1, 1+r.IntN(365), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		case schema.Boolean:
			item = r.IntN(2) == 0
		case schema.Code:
			item = f.List().Items[r.IntN(len(f.List().Items))].Code
		case schema.Codes:
			items := f.List().Items
			item = []string{items[r.IntN(len(items))].Code, items[r.IntN(len(items))].Code}
		case schema.Unit:
			item = "420202007005"
		case schema.Time:
			item = json.Number(fmt.Sprint(r.Int64N(1 << 41)))
		}
		value, err := f.Parse(item)
		if err != nil {
			panic(err)
		}
		if !value.IsNull() {
			values[f.Name] = value
		}
	}
	return values
}

// decoded is a JSON text as programs read it, with numbers as they stand.
func decoded(tb testing.TB, raw []byte) (object map[string]any) {
	tb.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	must(tb, d.Decode(&object))
	return object
}

func recordsOf(tb testing.TB, k *schema.Kind, all []map[string]change.Value) sheet.Records {
	return func(yield func(*sheet.Record) error) error {
		for i, values := range all {
			raw, err := json.Marshal(k.Object(values))
			must(tb, err)
			if err := yield(&sheet.Record{ID: fmt.Sprintf("id-%d", i), Unit: "420202007005", Version: fmt.Sprintf("v%d", i), Fields: decoded(tb, raw)}); err != nil {
				return err
			}
		}
		return nil
	}
}

func noneRefused(tb testing.TB) sheet.Refused {
	return func(number int, why error) error { tb.Errorf("record %d: %v", number, why); return nil }
}

// TestRoundTrip: what is written of every kind is read as it was, in every format.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, k := range mustSchema(t).Kinds() {
		if k.System {
			continue
		}
		all := make([]map[string]change.Value, 15)
		for i := range all {
			all[i] = sample(k, r)
		}
		for name, write := range map[string]func(w io.Writer) error{
			"a.xlsx": func(w io.Writer) error {
				return sheet.WriteXLSX(w, t.TempDir(), sheet.Layout{Kind: k}, recordsOf(t, k, all), noneRefused(t))
			},
			"form.xlsx": func(w io.Writer) error {
				return sheet.WriteXLSX(w, t.TempDir(), sheet.Layout{Kind: k, Template: true, Filled: true}, recordsOf(t, k, all), noneRefused(t))
			},
			"utf8.csv": func(w io.Writer) error {
				return sheet.WriteCSV(w, sheet.Layout{Kind: k}, sheet.UTF8, recordsOf(t, k, all), noneRefused(t))
			},
			"gb.csv": func(w io.Writer) error {
				return sheet.WriteCSV(w, sheet.Layout{Kind: k}, sheet.GB18030, recordsOf(t, k, all), noneRefused(t))
			},
			"a.jsonl": func(w io.Writer) error { return sheet.WriteJSON(w, sheet.Layout{Kind: k}, recordsOf(t, k, all)) },
		} {
			t.Run(k.Name+"/"+name, func(t *testing.T) { wantSame(t, sheet.Choice{Kind: k.Name}, k, all, name, write) })
		}
		roundTheirs(t, k, all)
	}
}

// roundTheirs is the round trip in the table of another system that has the kind.
func roundTheirs(t *testing.T, k *schema.Kind, all []map[string]change.Value) {
	m := mustMap(t)
	of, err := m.Of(k.Name)
	if err != nil {
		return
	}
	for _, values := range all {
		delete(values, schema.OwnNo) // it stands for the id there
		if values["valid"].Text() == "1" {
			delete(values, "valid") // as an import has it
		}
	}
	for name, out := range map[string]sheet.Out{
		"map.xlsx": {Format: sheet.XLSX}, "map.csv": {Format: sheet.CSV}, "map.gb.csv": {Format: sheet.CSV, Charset: sheet.GB18030}, "map.jsonl": {Format: sheet.JSONL},
	} {
		out.Layout, out.Temp = sheet.Layout{Kind: k, Map: of}, t.TempDir()
		write := func(w io.Writer) error { return sheet.Write(w, out, recordsOf(t, k, all), noneRefused(t)) }
		t.Run(k.Name+"/"+name, func(t *testing.T) { wantSame(t, sheet.Choice{Kind: k.Name, Map: m}, k, all, name, write) })
	}
}

func wantSame(t *testing.T, choice sheet.Choice, k *schema.Kind, all []map[string]change.Value, name string, write func(w io.Writer) error) {
	var b bytes.Buffer
	must(t, write(&b))
	as := map[bool]sheet.Format{true: sheet.JSONL, false: sheet.CSV}[strings.HasSuffix(name, ".jsonl")]
	tables, told := mustTables(t, mustOpen(t, b.Bytes(), as), choice)
	if told != "" {
		t.Errorf("told: %s", told)
	}
	n := 0
	must(t, tables[0].Rows(func(row *sheet.Row) error {
		if len(row.Problems) > 0 {
			t.Fatalf("row %d: %s: %v", row.Number, row.Problems[0].Field.Name, row.Problems[0].Err)
		}
		object := decoded(t, row.Item)
		if object["id"] != fmt.Sprintf("id-%d", n) || row.Unit != "420202007005" || strings.HasPrefix(name, "form") && object["version"] != fmt.Sprintf("v%d", n) {
			t.Errorf("row %d: got id %v, unit %q, version %v", row.Number, object["id"], row.Unit, object["version"])
		}
		delete(object, "id")
		delete(object, "version")
		got, err := k.Parse(object)
		must(t, err)
		maps.DeleteFunc(got, func(_ string, value change.Value) bool { return value.IsNull() })
		if diff := cmp.Diff(all[n], got); diff != "" {
			t.Errorf("row %d: %s", row.Number, diff)
		}
		n++
		return nil
	}))
	if n != len(all) {
		t.Errorf("got %d rows, want %d", n, len(all))
	}
}

func household(tb testing.TB, fields map[string]any) (*schema.Kind, sheet.Records) {
	tb.Helper()
	k, _ := mustSchema(tb).Kind("household")
	values, err := k.Parse(fields)
	must(tb, err)
	return k, recordsOf(tb, k, []map[string]change.Value{values})
}

// TestCharsets: a record with a character that GB 18030 does not have is refused with
// its reason, and nothing stands in the place of the character.
func TestCharsets(t *testing.T) {
	k, records := household(t, map[string]any{"head_name": "王\ue5e5", "address": "x"})
	var b bytes.Buffer
	refused := 0
	must(t, sheet.WriteCSV(&b, sheet.Layout{Kind: k}, sheet.GB18030, records, func(_ int, why error) error {
		wantInvalid(t, why, "GB 18030 does not have a character of it")
		refused++
		return nil
	}))
	if refused != 1 || strings.Count(b.String(), "\n") != 1 || bytes.Contains(b.Bytes(), []byte("?")) {
		t.Errorf("refused %d, got %q", refused, b.String())
	}
}

// book opens what was written with the library.
func book(tb testing.TB, l sheet.Layout, records sheet.Records) *excelize.File {
	tb.Helper()
	var b bytes.Buffer
	must(tb, sheet.WriteXLSX(&b, tb.TempDir(), l, records, noneRefused(tb)))
	f, err := excelize.OpenReader(&b)
	must(tb, err)
	tb.Cleanup(func() { _ = f.Close() })
	return f
}

// TestPrint: the printed list has a title, unit and day, codes in words, places to sign
// and seal, on A4 across with its header on each page.
func TestPrint(t *testing.T) {
	k, records := household(t, map[string]any{"head_name": "王明", "address": "湖滨路1号", "housing": "1", "low_income": true, "low_income_amount": json.Number("123450")})
	f := book(t, sheet.Layout{Kind: k, Print: true, Unit: "420202007005", Name: "钟楼社区", Day: "2026-11-29"}, records)
	rows, err := f.GetRows("家庭")
	must(t, err)
	all := fmt.Sprint(rows)
	for _, want := range []string{"钟楼社区家庭", "单位：钟楼社区（420202007005）", "截至：2026-11-29", "序号", "自有住房", "是", "1,234.50", "制表人：", "审核人：", "盖章", "日期："} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in %s", want, all)
		}
	}
	if strings.Contains(all, "1 自有住房") || strings.Contains(all, "记录标识") || strings.Contains(all, "作废原因") {
		t.Errorf("codes or columns that nobody prints: %s", all)
	}
	page, err := f.GetPageLayout("家庭")
	must(t, err)
	if *page.Size != 9 || *page.Orientation != "landscape" || *page.FitToWidth != 1 || *page.FitToHeight != 0 {
		t.Errorf("got size %d, %s, %d pages wide, %d high", *page.Size, *page.Orientation, *page.FitToWidth, *page.FitToHeight)
	}
	names := f.GetDefinedName()
	if len(names) != 1 || names[0].RefersTo != "'家庭'!$1:$4" {
		t.Errorf("got %+v, want the first rows on each page", names)
	}
	head, err := f.GetHeaderFooter("家庭")
	must(t, err)
	if !strings.Contains(head.OddHeader, "&P") {
		t.Errorf("got %q, want the number of the page", head.OddHeader)
	}
}

const grouped = `
kinds:
  - name: ledger
    label: {zh: 台帐, en: ledger}
    writers: [5]
    fields:
      - {name: name, label: {zh: 姓名, en: name}, type: text, print: 1}
      - {name: reason, label: {zh: 原因, en: reason}, type: text, print: 3, head: {zh: 失业, en: loss}}
      - {name: lost_on, label: {zh: 日期, en: date}, type: date, print: 2, head: {zh: 失业, en: loss}}
      - {name: hidden, label: {zh: 内部, en: internal}, type: text}
`

// TestPrintGroups: neighbours with one head stand below it, in the order of print.
func TestPrintGroups(t *testing.T) {
	s, err := schema.Parse([]byte(grouped))
	must(t, err)
	k, _ := s.Kind("ledger")
	f := book(t, sheet.Layout{Kind: k, Print: true, Name: "钟楼社区"}, func(yield func(*sheet.Record) error) error {
		return yield(&sheet.Record{Fields: map[string]any{"name": "王明", "reason": "下岗", "lost_on": "2024-03-05"}})
	})
	rows, err := f.GetRows("台帐")
	must(t, err)
	want := [][]string{{"序号", "姓名", "失业", "失业"}, {"", "", "日期", "原因"}, {"1", "王明", "2024-03-05", "下岗"}}
	if diff := cmp.Diff(want, rows[2:5]); diff != "" {
		t.Error(diff)
	}
	merged, err := f.GetMergeCells("台帐")
	must(t, err)
	var areas []string
	for _, m := range merged {
		areas = append(areas, m[0])
	}
	if diff := cmp.Diff([]string{"A1:D1", "A2:D2", "A3:A4", "B3:B4", "C3:D3", "A6:D6"}, areas); diff != "" {
		t.Error(diff)
	}
}

// TestTemplate: a form offers the lists, says what each field takes, and keeps its
// header; it is read as the sheet of its kind, without the sheet of lists.
func TestTemplate(t *testing.T) {
	k, _ := mustSchema(t).Kind("person")
	var b bytes.Buffer
	must(t, sheet.WriteXLSX(&b, t.TempDir(), sheet.Layout{Kind: k, Template: true}, func(func(*sheet.Record) error) error { return nil }, noneRefused(t)))
	tables, told := mustTables(t, mustOpen(t, b.Bytes(), sheet.XLSX), sheet.Choice{})
	if len(tables) != 1 || tables[0].Kind != k || len(mustRows(t, tables[0])) != 0 || told != "" {
		t.Errorf("got %d tables, told %q", len(tables), told)
	}
	f, err := excelize.OpenReader(&b)
	must(t, err)
	defer f.Close() //nolint:errcheck // in memory
	rules, err := f.GetDataValidations("人员")
	must(t, err)
	lists := 0
	for _, rule := range rules {
		if rule.Type == "list" && strings.HasPrefix(rule.Formula1, "'代码表'!") {
			lists++
		}
		if rule.Prompt == nil || *rule.Prompt == "" {
			t.Errorf("%s: no prompt", rule.Sqref)
		}
	}
	notes, err := f.GetComments("人员")
	must(t, err)
	visible, err := f.GetSheetVisible("代码表")
	must(t, err)
	protected, err := f.GetSheetProtection("人员")
	must(t, err)
	title, err := f.GetCellValue("人员", "B1")
	must(t, err)
	if lists < 10 || len(notes) != len(rules) || visible || protected.EditObjects || title != "姓名（必填）" {
		t.Errorf("got %d lists, %d notes for %d fields, lists shown %v, title %q", lists, len(notes), len(rules), visible, title)
	}
	header, free := locked(t, f, "A1"), locked(t, f, "A2")
	if !header || free {
		t.Errorf("header locked %v, cells locked %v", header, free)
	}
}

// locked reports whether a protected sheet keeps a cell from being typed over.
func locked(tb testing.TB, f *excelize.File, cell string) bool {
	tb.Helper()
	id, err := f.GetCellStyle("人员", cell)
	must(tb, err)
	if id == 0 && cell != "A1" { // a cell that nobody has typed into has the style of its column
		id, err = f.GetColStyle("人员", cell[:1])
		must(tb, err)
	}
	style, err := f.GetStyle(id)
	must(tb, err)
	return style.Protection == nil || style.Protection.Locked
}
