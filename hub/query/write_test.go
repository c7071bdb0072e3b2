package query_test

import (
	"strings"
	"testing"

	"tongbu/hub/query"
	"tongbu/internal/change"
)

func answer() *query.Answer {
	return &query.Answer{
		Columns: []string{"name", "n", "ok", "kinds"},
		Rows: []query.Row{
			{{Name: "name", Value: change.Text("=1+2")}, {Name: "n", Value: change.Int(-3)}, {Name: "ok", Value: change.Bool(true)}},
			{{Name: "name", Value: change.Text("张三, \"甲\"")}, {Name: "kinds", Value: change.Set([]string{"@a", "b"})}},
			{{Name: "name", Value: change.Text("a\x1b[31m\nb")}, {Name: "n", Value: change.Null}},
		},
		Coverage: query.Coverage{AsOf: noon, Units: 7, Pending: 2, Absent: 1, Silent: []query.Silent{{Unit: "110101001001", Since: noon}}},
	}
}

func TestWriteCSV(t *testing.T) {
	var b strings.Builder
	if err := answer().WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want(t, b.String(), "name,n,ok,kinds\n'=1+2,-3,true,\n\"张三, \"\"甲\"\"\",,,'@a;b\n\"a\x1b[31m\nb\",,,\n")
	for _, first := range []string{"=", "+", "-", "@", "\t", "\r"} {
		a := &query.Answer{Columns: []string{"x"}, Rows: []query.Row{{{Name: "x", Value: change.Text(first + "1")}}}}
		b.Reset()
		if err := a.WriteCSV(&b); err != nil || !strings.Contains(b.String(), "'"+first+"1") {
			t.Errorf("%q: %q, %v", first, b.String(), err)
		}
	}
}

func TestWriteTable(t *testing.T) {
	var b strings.Builder
	if err := answer().WriteTable(&b); err != nil {
		t.Fatal(err)
	}
	want(t, b.String(), `name        n   ok    kinds
=1+2        -3  true
张三, "甲"            @a;b
a [31m b

as of 2026-03-01T12:00:00Z: 7 communities counted, 1 never joined, 2 changes on the way, 1 silent; 110101001001 since 2026-03-01T12:00:00Z
`)
}

func TestCoverageNamesFew(t *testing.T) {
	c := query.Coverage{AsOf: noon}
	for range 8 {
		c.Silent = append(c.Silent, query.Silent{Unit: "x", Since: noon})
	}
	if got := c.String(); !strings.HasSuffix(got, "; and 3 more") || strings.Count(got, "x since") != 5 {
		t.Error(got)
	}
}
