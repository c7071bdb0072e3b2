package workbook_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tongbu/internal/change"
	"tongbu/internal/report"
	"tongbu/internal/report/workbook"
	"tongbu/internal/schema"
)

const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func unit(n byte, parent byte, level int, name string) report.Unit {
	u := report.Unit{ID: change.NewUnitID([10]byte{n}), Code: fmt.Sprintf("42020000000%d", n), Name: name, Level: level}
	if parent > 0 {
		u.Parent = change.NewUnitID([10]byte{parent})
	}
	return u
}

// sample is a report of a city with a district, a street of it, and a street that stands
// under the city itself.
func sample() *report.Report {
	units := []report.Unit{unit(1, 0, 2, "黄石市"), unit(2, 1, 3, `=HYPERLINK("http://x","县")`), unit(3, 2, 4, "街道"), unit(4, 1, 4, "直属街道")}
	r := &report.Report{Kind: report.Quarterly, Period: "2026-Q4", From: "2026-10-01", Day: "2026-12-02", Partial: true, Unit: units[0], Units: units, Digest: "d", Corrects: id}
	for i, u := range units {
		r.Figures = append(r.Figures, report.FiguresOf(u.Code, []string{"ledger_unemployed"}, report.Parts{"persons": int64(10 * (i + 1)), "ledger_unemployed": 3, "all_work": 1, "all_labour": 4}, report.Parts{})...)
	}
	return r
}

func open(t *testing.T, r *report.Report) *excelize.File {
	t.Helper()
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := workbook.Write(&out, id, r, s, time.FixedZone("", 8*3600)); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func rows(t *testing.T, f *excelize.File, sheet string) [][]string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestWorkbook: each sheet says of whom and of which period it is, has its figures, and
// prints with its header on each page.
func TestWorkbook(t *testing.T) {
	r := sample()
	f := open(t, r)
	if got := fmt.Sprint(f.GetSheetList()); got != "[汇总表 分单位表 明细 编制说明]" {
		t.Fatalf("the sheets are %s", got)
	}
	for _, sheet := range f.GetSheetList() {
		all := rows(t, f, sheet)
		if title := all[0][0]; title != "黄石市2026年第四季度报表　"+sheet {
			t.Errorf("%s: the title is %q", sheet, title)
		}
		if note := all[1][0]; !strings.Contains(note, "420200000001") || !strings.Contains(note, "2026-12-02（本期未结束）") || !strings.Contains(note, id[:16]) {
			t.Errorf("%s: the note is %q", sheet, note)
		}
	}
	titles := 0
	for _, d := range f.GetDefinedName() {
		if d.Name == "_xlnm.Print_Titles" && strings.HasSuffix(d.RefersTo, "!$1:$3") {
			titles++
		}
	}
	if titles != 4 {
		t.Errorf("%d sheets repeat their header, want 4", titles)
	}
	figures := len(r.Figures) / len(r.Units)
	for sheet, want := range map[string]int{"汇总表": figures, "分单位表": figures, "明细": 4 * figures} {
		if got := len(rows(t, f, sheet)) - 3; got != want {
			t.Errorf("%s has %d rows, want %d", sheet, got, want)
		}
	}
	for sheet, column := range map[string]int{"汇总表": 2, "明细": 4} {
		all := rows(t, f, sheet)
		if all[2][column] != "数值" {
			t.Errorf("%s: column %d is %q, want the value", sheet, column, all[2][column])
		}
		for i, row := range all[3:] {
			if len(row) <= column || row[column] == "" {
				t.Errorf("%s: row %d has no value: %q", sheet, i+4, row)
			}
		}
	}
	if all := fmt.Sprint(rows(t, f, "编制说明")); !strings.Contains(all, "tongbu report recount --dir DIR "+id[:16]) || !strings.Contains(all, "本表更正编号为 "+id) {
		t.Errorf("the basis says %s", all)
	}
}

// TestBeside: the units right below stand side by side, whatever their level, and each
// column has the figures of its own.
func TestBeside(t *testing.T) {
	f := open(t, sample())
	all := rows(t, f, "分单位表")
	if got := fmt.Sprint(all[2][2:]); got != `[黄石市 =HYPERLINK("http://x","县") 直属街道]` {
		t.Fatalf("the columns are %s", got)
	}
	found := false
	for _, row := range all[3:] {
		if len(row) == 5 && fmt.Sprint(row[2:]) == "[10 20 40]" {
			found = true
		}
	}
	if !found {
		t.Error("no row has 10, 20 and 40")
	}
}

// TestNoFormula: no cell counts anything, whatever a unit is called.
func TestNoFormula(t *testing.T) {
	f := open(t, sample())
	seen := 0
	for _, sheet := range f.GetSheetList() {
		for i, row := range rows(t, f, sheet) {
			for j, text := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				formula, err := f.GetCellFormula(sheet, cell)
				if err != nil || formula != "" {
					t.Errorf("%s %s is the formula %q, %v", sheet, cell, formula, err)
				}
				if strings.HasPrefix(text, "=") {
					seen++
				}
			}
		}
	}
	if seen == 0 {
		t.Error("the name that begins with = is nowhere")
	}
}

// TestHostile: whatever a report says, there is a workbook of it that opens.
func TestHostile(t *testing.T) {
	r := sample()
	for _, text := range []string{"", "\x00\x1b[2J\u202e\ufffe", strings.Repeat("长", 40_000), "&amp;<x>", "2026-"} {
		r.Unit.Name, r.Corrects, r.Digest, r.Rules.Published, r.By.Unit = text, text, text, text, text
		for i := range r.Units {
			r.Units[i].Name = text
		}
		r.Figures[0].Indicator, r.Figures[1].Group, r.Figures[2].Unit = text, text, text
		f := open(t, r)
		if title := rows(t, f, "明细")[0][0]; strings.ContainsAny(title, "\x00\x1b") {
			t.Errorf("the title is %q", title)
		}
	}
	for n := range 20_000 {
		r.Units = append(r.Units, report.Unit{ID: change.NewUnitID([10]byte{9, byte(n), byte(n >> 8)}), Parent: r.Unit.ID, Name: "x"})
	}
	if columns := len(rows(t, open(t, r), "分单位表")[2]); columns != 1002 {
		t.Errorf("there are %d columns, want 1000 units and two", columns)
	}
}

// TestTitles: how people call a period.
func TestTitles(t *testing.T) {
	r := sample()
	for period, want := range map[string]string{"2026": "2026年年报", "2026-Q1": "2026年第一季度报表", "2026-03": "2026年3月月报", "2026-12": "2026年12月月报"} {
		r.Period = period
		if got := rows(t, open(t, r), "汇总表")[0][0]; got != "黄石市"+want+"　汇总表" {
			t.Errorf("%s: got %q", period, got)
		}
	}
}

// TestProperties: a workbook is by who made the report, of that moment, in the network's
// zone, and the same again.
func TestProperties(t *testing.T) {
	r := sample()
	r.Made, r.By.Unit = time.Date(2026, 12, 2, 20, 4, 5, 0, time.UTC), r.Units[0].Code
	f := open(t, r)
	got, err := f.GetDocProps()
	if err != nil {
		t.Fatal(err)
	}
	if got.Creator != "黄石市 (tongbu)" || got.Created != "2026-12-02T20:04:05Z" || got.Modified != got.Created {
		t.Errorf("the properties are %+v", got)
	}
	if all := fmt.Sprint(rows(t, f, "编制说明")); !strings.Contains(all, "2026-12-03 04:04:05 +08:00") {
		t.Errorf("the moment is not in the network's zone: %s", all)
	}
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := workbook.Write(out, id, r, s, time.UTC); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same report makes other bytes")
	}
}
