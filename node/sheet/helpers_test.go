package sheet_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/sheet"
)

var loadOnce = sync.OnceValues(schema.Load)

func mustSchema(tb testing.TB) *schema.Schema {
	tb.Helper()
	s, err := loadOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// mustBook makes a workbook; its first sheet is named.
func mustBook(tb testing.TB, first string, fill func(f *excelize.File)) []byte {
	tb.Helper()
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // in memory
	must(tb, f.SetSheetName("Sheet1", first))
	fill(f)
	var b bytes.Buffer
	must(tb, f.Write(&b))
	return b.Bytes()
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// setRows writes rows of cells; nil is an empty one.
func setRows(tb testing.TB, f *excelize.File, name string, rows ...[]any) {
	tb.Helper()
	for i, row := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		must(tb, err)
		must(tb, f.SetSheetRow(name, at, &row))
	}
}

func open(raw []byte, as sheet.Format) (*sheet.File, error) {
	return sheet.Open(bytes.NewReader(raw), int64(len(raw)), as)
}

func mustOpen(tb testing.TB, raw []byte, as sheet.Format) *sheet.File {
	tb.Helper()
	f, err := open(raw, as)
	must(tb, err)
	return f
}

// read is a row as a test compares it.
type read struct {
	number int
	object map[string]any
	wrong  []string // field: what is wrong
	line   int
	unit   string
	hidden bool
}

// mustRead reads the one table of a file.
func mustRead(tb testing.TB, raw []byte, as sheet.Format, want sheet.Choice) (rows []read, told string) {
	tb.Helper()
	tables, told := mustTables(tb, mustOpen(tb, raw, as), want)
	if len(tables) != 1 {
		tb.Fatalf("got %d tables, want 1", len(tables))
	}
	return mustRows(tb, tables[0]), told
}

func mustTables(tb testing.TB, f *sheet.File, want sheet.Choice) (tables []*sheet.Table, told string) {
	tb.Helper()
	tables, all, err := f.Tables(mustSchema(tb), want)
	must(tb, err)
	var lines []string
	for _, one := range all {
		lines = append(lines, one.Error())
	}
	return tables, strings.Join(lines, "\n")
}

func mustRows(tb testing.TB, t *sheet.Table) (rows []read) {
	tb.Helper()
	must(tb, t.Rows(func(row *sheet.Row) error {
		r := read{number: row.Number, line: row.Line, unit: row.Unit, hidden: row.Hidden}
		for _, p := range row.Problems {
			field := ""
			if p.Field != nil {
				field = p.Field.Name + ": "
			}
			r.wrong = append(r.wrong, field+p.Err.Error())
		}
		if row.Item != nil {
			must(tb, json.Unmarshal(row.Item, &r.object))
		}
		rows = append(rows, r)
		return nil
	}))
	return rows
}

// persons reads rows of persons below their titles.
func persons(tb testing.TB, rows ...[]any) []read {
	tb.Helper()
	got, _ := mustRead(tb, mustBook(tb, "成员", func(f *excelize.File) { setRows(tb, f, "成员", rows...) }), sheet.XLSX, sheet.Choice{})
	return got
}

// wantWrong: the first row is rejected with this reason, and only with it.
func wantWrong(tb testing.TB, rows []read, want string) {
	tb.Helper()
	if len(rows) == 0 || len(rows[0].wrong) != 1 || !strings.Contains(rows[0].wrong[0], want) {
		tb.Errorf("got %+v, want %q alone", rows, want)
	}
}

func wantValue(tb testing.TB, rows []read, field string, want any) {
	tb.Helper()
	if len(rows) == 0 || rows[0].wrong != nil {
		tb.Errorf("%s: got %+v, want %v", field, rows, want)
		return
	}
	got, err := json.Marshal(rows[0].object[field])
	must(tb, err)
	wanted, err := json.Marshal(want)
	must(tb, err)
	if !bytes.Equal(got, wanted) {
		tb.Errorf("%s: got %s, want %s", field, got, wanted)
	}
}

func wantInvalid(tb testing.TB, err error, want string) {
	tb.Helper()
	if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
		tb.Errorf("got %v, want %q", err, want)
	}
	if err != nil && fault.Hint(err) == "" {
		tb.Errorf("%v: no hint", err)
	}
}
