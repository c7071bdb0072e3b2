package show_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/show"
	"tongbu/internal/words"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)

func answer() *question.Answer {
	return &question.Answer{
		Columns: []question.Column{{Name: "name", Type: question.Text}, {Name: "n", Type: question.Integer}, {Name: "ok", Type: question.Boolean}, {Name: "kinds", Type: question.Set}},
		Rows: []question.Row{
			{change.Text("=1+2"), change.Int(-3), change.Bool(true), question.Absent},
			{change.Text("张三, \"甲\""), question.Absent, question.Absent, change.Set([]string{"@a", "b"})},
			{change.Text("a\x1b[31m\nb"), change.Null, question.Absent, question.Absent},
		},
		Coverage: question.Coverage{AsOf: noon, Units: 7, Pending: 2, Absent: 1, Silent: []question.Silent{{Unit: "110101001001", Since: noon}}},
	}
}

func want(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func csvOf(w io.Writer, a *question.Answer) error {
	c := show.NewCSV(w)
	return errors.Join(c.Begin(a.Columns), c.Rows(a.Rows))
}

func tableOf(w io.Writer, a *question.Answer) error {
	t := show.NewTable(w, words.English)
	return errors.Join(t.Begin(a.Columns), t.Rows(a.Rows), t.Foot(a))
}

func TestCSV(t *testing.T) {
	var b strings.Builder
	if err := csvOf(&b, answer()); err != nil {
		t.Fatal(err)
	}
	want(t, b.String(), "name,n,ok,kinds\n'=1+2,-3,true,\n\"张三, \"\"甲\"\"\",,,\"'@a;b\"\n\"a\ufffd[31m\nb\",,,\n")
	for _, first := range []string{"=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠"} {
		a := &question.Answer{Columns: []question.Column{{Name: first + "1"}}, Rows: []question.Row{{change.Text(first + "1")}, {change.Set([]string{"b", first + "1"})}}}
		b.Reset()
		if err := csvOf(&b, a); err != nil || strings.Count(b.String(), "'"+first+"1") != 3 {
			t.Errorf("%q: %q, %v", first, b.String(), err)
		}
	}
}

// TestTableOfALongCell: one cell of a hub's does not make every line as long.
func TestTableOfALongCell(t *testing.T) {
	a := &question.Answer{Columns: []question.Column{{Name: "a"}, {Name: "b"}}, Rows: []question.Row{{change.Text(strings.Repeat("甲", 10_000)), change.Text("x")}}}
	for range 999 {
		a.Rows = append(a.Rows, question.Row{change.Text("b"), change.Text("x")})
	}
	var b strings.Builder
	if err := tableOf(&b, a); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 200_000 || !strings.Contains(b.String(), "甲  x\n") || strings.Count(b.String(), "\nb ") != 999 {
		t.Errorf("got %d bytes", b.Len())
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := tableOf(&b, answer()); err != nil {
		t.Fatal(err)
	}
	want(t, b.String(), `name        n   ok    kinds
=1+2        -3  true
张三, "甲"            @a;b
a�[31m b

as of 2026-03-01T12:00:00Z: 7 communities counted, 1 never joined, 2 changes on the way, 1 silent; 110101001001 since 2026-03-01T12:00:00Z
`)
}

// TestOtherSeparators: no program takes a part of a text for a cell of its own.
func TestOtherSeparators(t *testing.T) {
	var b strings.Builder
	a := &question.Answer{Columns: []question.Column{{Name: "a;=1"}}, Rows: []question.Row{{change.Text("b\t=1")}, {change.Text("")}}}
	if err := csvOf(&b, a); err != nil {
		t.Fatal(err)
	}
	want(t, b.String(), "\"a;=1\"\n\"b\t=1\"\n\"\"\n")
}

// TestHostileNames: a hub chooses the names of columns and units.
func TestHostileNames(t *testing.T) {
	var b strings.Builder
	a := &question.Answer{Columns: []question.Column{{Name: "a\x1b]0;x\a\u202e"}}, Rows: []question.Row{{change.Text("𠮷·\u009b")}},
		Coverage: question.Coverage{AsOf: noon, Silent: []question.Silent{{Unit: "u\nok\x1b", Since: noon}}}}
	if err := tableOf(&b, a); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.HasPrefix(got, "a\ufffd]0;x\ufffd\ufffd\n𠮷·\ufffd\n") || !strings.Contains(got, "; u ok\ufffd since") {
		t.Errorf("got %q", got)
	}
}

func TestCoverageNamesFew(t *testing.T) {
	a := &question.Answer{Coverage: question.Coverage{AsOf: noon}}
	for range 8 {
		a.Coverage.Silent = append(a.Coverage.Silent, question.Silent{Unit: "x", Since: noon})
	}
	var b strings.Builder
	if err := tableOf(&b, a); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.HasSuffix(got, "; and 3 more\n") || strings.Count(got, "x since") != 5 {
		t.Error(got)
	}
}

// TestNamed: codes are named in the reader's language where somebody can, else as the
// answer does.
func TestNamed(t *testing.T) {
	a := &question.Answer{Columns: []question.Column{{Name: "sex"}, {Name: "sex_label"}, {Name: "kinds", Type: question.Set}, {Name: "kinds_label", Type: question.Set}},
		Rows: []question.Row{
			{change.Text("1"), change.Text("男"), change.Set([]string{"a", "b"}), change.Set([]string{"甲", "乙"})},
			{change.Text("7"), change.Text("别的"), change.Set([]string{"a"}), change.Set([]string{"甲"})},
		}}
	var b strings.Builder
	table := show.NewTable(&b, words.English)
	table.Named = func(column, codes string) string {
		return map[string]string{"sex 1": "male", "kinds a;b": "one; two"}[column+" "+codes]
	}
	if err := errors.Join(table.Begin(a.Columns), table.Rows(a.Rows)); err != nil {
		t.Fatal(err)
	}
	want(t, strings.Join(strings.Fields(b.String()), " "), "sex kinds 1 male a;b (one; two) 7 别的 a 甲")
}
