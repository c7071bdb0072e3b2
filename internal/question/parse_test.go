package question_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

func rows(of ...string) string { return `{"rows":[` + strings.Join(of, ",") + `]}` }

func columns(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf(`"c%d":1`, i)
	}
	return "{" + strings.Join(names, ",") + "}"
}

// TestRefused lists what a hub above could send that is no answer.
func TestRefused(t *testing.T) {
	many := func(item string, n int) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	long := strings.Repeat("a", change.MaxValue)
	for name, raw := range map[string]string{
		"nothing":                    "",
		"no JSON":                    "answer",
		"cut short":                  rows(`{"a":1}`)[:12],
		"null":                       "null",
		"a list":                     "[]",
		"two answers":                "{}{}",
		"something behind it":        "{} x",
		"rows twice":                 `{"rows":[],"rows":[]}`,
		"rows that are none":         `{"rows":{}}`,
		"a row that is none":         rows("1"),
		"a row of nothing":           rows("null"),
		"a row in a row":             rows(`{"a":{}}`),
		"a column twice":             rows(`{"a":1,"a":2}`),
		"a column without a name":    rows(`{"":1}`),
		"a column with a long name":  rows(`{"` + strings.Repeat("a", change.MaxField+1) + `":1}`),
		"a column of two types":      rows(`{"a":1}`, `{"a":"1"}`),
		"a fraction":                 rows(`{"a":1.5}`),
		"an exponent":                rows(`{"a":1e2}`),
		"a number of 65 bits":        rows(`{"a":9223372036854775808}`),
		"a set of numbers":           rows(`{"a":["b",1]}`),
		"a set of sets":              rows(`{"a":[[]]}`),
		"a long text":                rows(`{"a":"` + long + `"}`),
		"a long set":                 rows(`{"a":["` + long + `"]}`),
		"a set of many":              rows(`{"a":[` + many(`"b"`, change.MaxValue) + `]}`),
		"columns in two orders":      rows(`{"a":1,"b":1}`, `{"b":1,"a":1}`),
		"an order in a ring":         rows(`{"a":1,"b":1}`, `{"b":1,"c":1}`, `{"c":1,"a":1}`),
		"too many rows":              rows(many("{}", question.MaxPageSize+1)),
		"too many columns":           rows(columns(2*change.MaxFields + 1)),
		"too many silent":            `{"coverage":{"silent":[` + many("{}", 1<<16+1) + `]}}`,
		"too many members":           `{` + columns(65)[1:],
		"a page token that is none":  `{"next_page_token":1}`,
		"a coverage that is none":    `{"coverage":[]}`,
		"a time that is none":        `{"coverage":{"as_of":"noon"}}`,
		"a time that cannot be said": `{"coverage":{"as_of":"9999-12-31T23:59:59-01:00"}}`,
		"fewer units than none":      `{"coverage":{"units":-1}}`,
		"fewer absent than none":     `{"coverage":{"absent":-1}}`,
		"half a change":              `{"coverage":{"pending":0.5}}`,
		"pending twice":              `{"coverage":{"pending":1,"pending":1}}`,
		"a silent unit that is none": `{"coverage":{"silent":["x"]}}`,
		"a deep hole":                `{"later":` + strings.Repeat("[", 1<<20) + `}`,
	} {
		a, err := question.ParseAnswer([]byte(raw))
		if fault.Of(err) != fault.Invalid || a != nil {
			t.Errorf("%s: got %v, %v, want invalid", name, a, err)
		} else if strings.Contains(err.Error(), "\n") || len(err.Error()) > 150 {
			t.Errorf("%s: %q is not one short line", name, err)
		}
	}
	if _, err := question.ParseAnswer(slices.Concat([]byte("{}"), bytes.Repeat([]byte(" "), 64<<20))); fault.Of(err) != fault.Invalid {
		t.Errorf("too many bytes: %v, want invalid", err)
	}
	coverage := question.Coverage{Units: 1}
	for _, raw := range []string{`{"units":2}x`, `{"units":-2}`, `{"units":2} {}`} {
		if err := coverage.UnmarshalJSON([]byte(raw)); fault.Of(err) != fault.Invalid || coverage.Units != 1 {
			t.Errorf("%s: got %+v, %v, want invalid and nothing changed", raw, coverage, err)
		}
	}
}

// TestAtTheLimits: what is just allowed is read.
func TestAtTheLimits(t *testing.T) {
	full := make([]string, question.MaxPageSize)
	for i := range full {
		full[i] = columns(2 * change.MaxFields)
	}
	a, err := question.ParseAnswer([]byte(rows(full...)))
	if err != nil || len(a.Rows) != len(full) || len(a.Columns) != 2*change.MaxFields {
		t.Fatal(err)
	}
	if got := mustJSON(t, a.Rows[len(full)-1]); got != "["+strings.TrimSuffix(strings.Repeat("1,", len(a.Columns)), ",")+"]" {
		t.Errorf("the last row is %s", got)
	}
}

// TestColumns finds the order of columns of which no row has all.
func TestColumns(t *testing.T) {
	for _, test := range []struct {
		rows []string
		want string
	}{
		{[]string{"ac", "abc"}, "abc"},
		{[]string{"ab", "ad", "acd"}, "acdb"}, // b may stand anywhere behind a
		{[]string{"a", "b"}, "ba"},            // open: as it always was
		{[]string{"a", "b", "ab"}, "ab"},      // what a later row says counts
		{[]string{"x", "c", "b", "a", "abc", "cx"}, "abcx"},
	} {
		var all []string
		for _, row := range test.rows {
			var cells []string
			for _, c := range row {
				cells = append(cells, fmt.Sprintf(`"%c":1`, c))
			}
			all = append(all, "{"+strings.Join(cells, ",")+"}")
		}
		a, err := question.ParseAnswer([]byte(rows(all...)))
		if err != nil {
			t.Errorf("%v: %v", test.rows, err)
			continue
		}
		got := ""
		for _, c := range a.Columns {
			got += c.Name
		}
		if got != test.want {
			t.Errorf("%v: got %s, want %s", test.rows, got, test.want)
		}
	}
}

func drawText(rt *rapid.T) string { return rapid.StringN(0, 20, 80).Draw(rt, "text") }

func drawValue(rt *rapid.T, of question.Type) change.Value {
	switch of {
	case question.Text:
		return change.Text(drawText(rt))
	case question.Integer:
		return change.Int(rapid.Int64().Draw(rt, "number"))
	case question.Boolean:
		return change.Bool(rapid.Bool().Draw(rt, "truth"))
	case question.Set:
		return change.Set(rapid.SliceOfN(rapid.StringN(0, 5, 20), 0, 4).Draw(rt, "set"))
	}
	return change.Null
}

func drawTime(rt *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(-62167219200, 253402300799).Draw(rt, "time"), 0).UTC() // the years 0 to 9999
}

// drawAnswer makes an answer as a hub gives it; sparse ones leave values out.
func drawAnswer(rt *rapid.T, sparse bool) *question.Answer {
	a := &question.Answer{Rows: []question.Row{}, NextPageToken: drawText(rt), Coverage: question.Coverage{AsOf: drawTime(rt), Silent: []question.Silent{},
		Units: rapid.IntRange(0, math.MaxInt).Draw(rt, "units"), Pending: rapid.Uint64().Draw(rt, "pending"), Absent: rapid.IntRange(0, 9).Draw(rt, "absent")}}
	for range rapid.IntRange(0, 3).Draw(rt, "silent") {
		a.Coverage.Silent = append(a.Coverage.Silent, question.Silent{Unit: drawText(rt), Since: drawTime(rt)})
	}
	names := rapid.SliceOfNDistinct(rapid.StringN(1, 8, change.MaxField), 0, 8, rapid.ID[string]).Draw(rt, "columns")
	for _, name := range names {
		a.Columns = append(a.Columns, question.Column{Name: name, Type: question.Type(rapid.IntRange(1, 4).Draw(rt, "type"))})
	}
	for range rapid.IntRange(0, 6).Draw(rt, "rows") {
		row := make(question.Row, len(a.Columns))
		for i, c := range a.Columns {
			switch dice := rapid.IntRange(0, 3).Draw(rt, "dice"); {
			case dice == 0:
				row[i] = change.Null
			case dice > 1 || !sparse:
				row[i] = drawValue(rt, c.Type)
			}
		}
		a.Rows = append(a.Rows, row)
	}
	return a
}

// told is what of an answer its JSON can tell: a column's type is that of its
// values, and one that no row has is not there.
func told(a *question.Answer) *question.Answer {
	b := *a
	b.Columns, b.Rows = nil, make([]question.Row, len(a.Rows))
	for i, c := range a.Columns {
		met, typed := false, false
		for _, row := range a.Rows {
			met, typed = met || row[i] != question.Absent, typed || !row[i].IsNull()
		}
		if !typed {
			c.Type = question.Unknown
		}
		if !met {
			continue
		}
		b.Columns = append(b.Columns, c)
		for r, row := range a.Rows {
			b.Rows[r] = append(b.Rows[r], row[i])
		}
	}
	return &b
}

var sameRows = cmp.Transformer("row", func(r question.Row) string { return fmt.Sprintf("%q", []change.Value(r)) })

// TestThereAndBack: an answer whose rows have every column is read as it was.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := drawAnswer(rt, false)
		got, err := question.ParseAnswer([]byte(mustJSON(t, a)))
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(told(a), got, sameRows); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// TestPassedOn: a hub in between passes the bytes on that it got. Where rows
// leave values out the order of columns may be another, never that in a row.
func TestPassedOn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a := drawAnswer(rt, true)
		raw := mustJSON(t, a)
		got, err := question.ParseAnswer([]byte(raw))
		if err != nil {
			rt.Fatal(err)
		}
		if again := mustJSON(t, got); again != raw {
			rt.Fatalf("got\n%s, want\n%s", again, raw)
		}
		byName := cmp.Transformer("columns", func(columns []question.Column) map[string]question.Type {
			all := map[string]question.Type{}
			for _, c := range columns {
				all[c.Name] = c.Type
			}
			return all
		})
		if diff := cmp.Diff(told(a).Columns, got.Columns, byName); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// FuzzParseAnswer: whatever is read as an answer can be written, and is then
// read as the same.
func FuzzParseAnswer(f *testing.F) {
	for _, seed := range []string{wholeJSON, emptyJSON, `{"rows":[{"a":1,"b":null},{"c":["x"],"b":true}]}`, `{"rows":null,"coverage":{"silent":null,"as_of":"2026-03-01T12:00:00.5+08:00"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := question.ParseAnswer(raw)
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Fatalf("got %v, want invalid", err)
			}
			return
		}
		if !json.Valid(raw) {
			t.Fatal("read as an answer, and no JSON")
		}
		again, err := question.ParseAnswer([]byte(mustJSON(t, a)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, again, sameRows); diff != "" {
			t.Fatal(diff)
		}
	})
}

// BenchmarkAnswer is what a page of a hundred wide rows costs each hub it
// passes.
func BenchmarkAnswer(b *testing.B) {
	a := &question.Answer{}
	for i := range 40 {
		a.Columns = append(a.Columns, question.Column{Name: fmt.Sprintf("column_%d", i), Type: question.Text})
	}
	for range 100 {
		row := make(question.Row, len(a.Columns))
		for i := range row {
			if i%3 > 0 {
				row[i] = change.Text("胜阳港街道")
			}
		}
		a.Rows = append(a.Rows, row)
	}
	raw, err := a.MarshalJSON()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			if _, err := a.MarshalJSON(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			if _, err := question.ParseAnswer(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}
