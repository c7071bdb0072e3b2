package sheet_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"tongbu/internal/mapping"
	"tongbu/node/sheet"
)

func mustMap(tb testing.TB) *mapping.Map {
	tb.Helper()
	m, err := mapping.Find("lemis")
	must(tb, err)
	return m
}

// theirs are the rows of persons in another system's table, of one format.
func theirs(t *testing.T, raw []byte, as sheet.Format) ([]read, string) {
	t.Helper()
	return mustRead(t, raw, as, sheet.Choice{Kind: "person", Map: mustMap(t)})
}

// TestTheirRows: what rows of another system's table become, and why they are rejected.
func TestTheirRows(t *testing.T) {
	for name, c := range map[string]struct {
		csv    string
		object map[string]any
		wrong  string
	}{
		"their names and codes": {"AAC003,aac004,aac017,aac006\n王明,01,1,19890321\n", map[string]any{"name": "王明", "sex": "1", "marital": "20", "birth_date": "1989-03-21"}, ""},
		"a number of theirs":    {"aac001,aac003\n3207,王明\n", map[string]any{"id": "3207", "name": "王明"}, ""},
		"what no column knows":  {"aac003,aac022,aae013,血型\n王明,WM,旧档,O\n", map[string]any{"name": "王明", "remark": "旧档；aac022=WM；血型=O"}, ""},
		"a column with no name": {"aac003,\n王明,丢不得\n", map[string]any{"name": "王明", "remark": "B=丢不得"}, ""},
		"our name is not theirs": {
			"aac003,sex\n王明,1\n", map[string]any{"name": "王明", "remark": "sex=1"}, "",
		},
		"an empty one says nothing":    {"aac003,aac004,aac022\n王明,,\n", map[string]any{"name": "王明"}, ""},
		"an unknown code":              {"aac003,aac004\n王明,7\n", map[string]any{"name": "王明"}, "sex: column aac004: map lemis has no code 7"},
		"a name is no code":            {"aac003,aac004\n王明,男\n", map[string]any{"name": "王明"}, "sex: column aac004: map lemis has no code 男"},
		"a code of ours, not theirs":   {"aac003,aac017\n王明,21\n", map[string]any{"name": "王明"}, "marital: column aac017: map lemis has no code 21"},
		"a code that hides something":  {"aac003,aac004\n王明,1\u202e\u001b[2J\n", map[string]any{"name": "王明"}, "sex: column aac004: map lemis has no code 1\ufffd\ufffd[2J"},
		"a code that is a number of 9": {"aac003,aac004\n王明,420202198903215611\n", map[string]any{"name": "王明"}, "sex: column aac004: map lemis has no code …"},
		"what had no column":           {"aac003,tongbu\n王明,\"{\"\"marital\"\":\"\"21\"\",\"\"training_days\"\":3,\"\"unit\"\":\"\"420202007005\"\"}\"\n", map[string]any{"name": "王明", "marital": "21", "training_days": 3.0}, ""},
		"it is no object":              {"aac003,tongbu\n王明,随便写\n", map[string]any{"name": "王明"}, "column tongbu is not as it was written"},
		"it names no field":            {"aac003,tongbu\n王明,\"{\"\"nosuch\"\":1}\"\n", map[string]any{"name": "王明"}, "column tongbu is not as it was written"},
		"it says what another says":    {"aac003,aac017,tongbu\n王明,1,\"{\"\"marital\"\":\"\"21\"\"}\"\n", map[string]any{"name": "王明", "marital": "20"}, "marital: another column says it too beside tongbu"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, _ := theirs(t, []byte(c.csv), sheet.CSV)
			if len(rows) != 1 {
				t.Fatalf("%d rows", len(rows))
			}
			if diff := cmp.Diff(c.object, rows[0].object); diff != "" {
				t.Error(diff)
			}
			if got := strings.Join(rows[0].wrong, "; "); got != c.wrong {
				t.Errorf("got %q, want %q", got, c.wrong)
			}
		})
	}
}

// TestTheirColumnsTold: a column that is not known is told.
func TestTheirColumnsTold(t *testing.T) {
	_, told := theirs(t, []byte("aac003,aac022\n王明,WM\n"), sheet.CSV)
	if !strings.Contains(told, "column B (aac022) goes into the remark of the rows that are taken in: map lemis does not know it") {
		t.Errorf("told %q", told)
	}
}

// TestTheirObjects: a line of JSON has their names too.
func TestTheirObjects(t *testing.T) {
	rows, _ := theirs(t, []byte(`{"aac003":"王明","aac004":2,"aac001":3207,"aac022":{"a":[1]},"tongbu":{"training_days":3}}`+"\n"+`{"aac003":"李兰","AAC003":"李蘭"}`+"\n[]\n"), sheet.JSONL)
	want := map[string]any{"name": "王明", "sex": "2", "id": "3207", "remark": `aac022={"a":[1]}`, "training_days": 3.0}
	if diff := cmp.Diff(want, rows[0].object); diff != "" {
		t.Error(diff)
	}
	for i, want := range map[int]string{0: "", 1: "are both", 2: "not a JSON object"} {
		if got := strings.Join(rows[i].wrong, "; "); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
	}
}

// TestTheirNumbers: a code that a spreadsheet took for a number has its zeros again; a
// number that it cut is none.
func TestTheirNumbers(t *testing.T) {
	raw := mustBook(t, "ac01", func(f *excelize.File) {
		setRows(t, f, "ac01", []any{"aac001", "aac003", "aac005"}, []any{3207, "王明", 1}, []any{1234567890123456789, "李兰", 2})
	})
	rows, _ := mustRead(t, raw, sheet.XLSX, sheet.Choice{Map: mustMap(t)})
	if diff := cmp.Diff(map[string]any{"id": "3207", "name": "王明", "nationality": "01"}, rows[0].object); diff != "" {
		t.Error(diff)
	}
	if got := strings.Join(rows[1].wrong, "; "); !strings.Contains(got, "a spreadsheet has cut it") {
		t.Errorf("got %q", got)
	}
}

// TestWriteTheirs: a record in their names, order, codes and forms; what has none stands
// in the last column and is counted.
func TestWriteTheirs(t *testing.T) {
	k, _ := mustSchema(t).Kind("person")
	m := mustMap(t)
	of, err := m.Of("person")
	must(t, err)
	record := &sheet.Record{ID: "u.abc", Unit: "420202007005", Fields: map[string]any{
		"name": "王明", "sex": "1", "marital": "21", "birth_date": "1989-03-21", "id_number": "420202198903215611", "valid": "1",
		"remark": "=1+1", "training_days": json.Number("3"), "household": "u.xyz", "hardship": []any{"010", "050"},
	}, Called: map[string]string{"household": "H-7"}}
	left := map[string]int{}
	layout := sheet.Layout{Kind: k, Map: of, Left: left}
	one := func(yield func(*sheet.Record) error) error { return yield(record) }
	var csv, lines bytes.Buffer
	must(t, sheet.WriteCSV(&csv, layout, sheet.UTF8, one, noneRefused(t)))
	if diff := cmp.Diff(map[string]int{"marital": 1, "training_days": 1, "household": 1, "hardship": 1}, left); diff != "" {
		t.Error(diff)
	}
	want := "\ufeffaac001,aac002,aac003,aac004,aac005,aac006,aac007,aac009,aae006,aac011,aac017,aac024,aac033,acc02i,bkc020,aae005,aae100,cce001,aae011,aae017,aae036,aae013,tongbu\r\n" +
		`u.abc,420202198903215611,王明,1,,1989-03-21,,,,,,,,,,,1,420202007005,,,,'=1+1,"{""hardship"":[""010"",""050""],""household"":""H-7"",""marital"":""21"",""training_days"":3}"` + "\r\n"
	if diff := cmp.Diff(want, csv.String()); diff != "" {
		t.Error(diff)
	}
	must(t, sheet.WriteJSON(&lines, layout, one))
	want = `{"aac001":"u.abc","aac002":"420202198903215611","aac003":"王明","aac004":"1","aac006":"1989-03-21","aae100":"1","cce001":"420202007005","aae013":"=1+1",` +
		`"tongbu":{"hardship":["010","050"],"household":"H-7","marital":"21","training_days":3}}` + "\n"
	if diff := cmp.Diff(want, lines.String()); diff != "" {
		t.Error(diff)
	}
	record.Fields["own_no"] = "P-1"
	lines.Reset()
	must(t, sheet.WriteJSON(&lines, layout, one))
	if !strings.HasPrefix(lines.String(), `{"aac001":"P-1",`) || strings.Contains(lines.String(), "own_no") {
		t.Errorf("got %s", lines.String())
	}
}
