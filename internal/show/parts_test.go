package show_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/show"
	"tongbu/internal/words"
)

// people are rows with labels and a conflict.
func people() *question.Answer {
	total, conflicts := int64(17936), int64(1)
	text := func(s string) change.Value { return change.Text(s) }
	return &question.Answer{
		Columns: []question.Column{{Name: "id_number", Type: question.Text}, {Name: "sex", Type: question.Text}, {Name: "sex_label", Type: question.Text},
			{Name: "hardship", Type: question.Set}, {Name: "hardship_label", Type: question.Set}, {Name: "conflict_fields", Type: question.Set}},
		Rows: []question.Row{
			{text("110101190001011009"), text("1"), text("男"), change.Set([]string{"010", "050"}), change.Set([]string{"甲", "乙"}), change.Set([]string{"sex"})},
			{text("08"), text("9"), question.Absent, change.Set([]string{"010"}), change.Set([]string{"甲"}), question.Absent},
		},
		Total: &total, Moved: true, NextPageToken: "t",
		Coverage: question.Coverage{AsOf: noon, Units: 7, Conflicts: &conflicts},
	}
}

func TestTableOfAPage(t *testing.T) {
	var b strings.Builder
	if err := tableOf(&b, people()); err != nil {
		t.Fatal(err)
	}
	want(t, b.String(), `id_number           sex       hardship
110101190001011009  1 男 (!)  010;050 (乙;甲)
08                  9         010 甲

2 of 17,936; go on with --page-token t, or take all with --all
records have changed since the first page: one may be on two pages, or on none; --all gives all of one moment
1 rows with (!): two values stand side by side, one is shown
as of 2026-03-01T12:00:00Z: 7 communities counted, 1 records in conflict, 0 silent
`)
}

// TestPageLines: a page that is all there is says nothing, unless there is none; one of an older hub that is
// not says so without a number.
func TestPageLines(t *testing.T) {
	one, many := int64(1), int64(1234567)
	for _, test := range []struct {
		a    question.Answer
		want string
	}{
		{question.Answer{Rows: make([]question.Row, 1), Total: &one}, ""},
		{question.Answer{Rows: make([]question.Row, 1)}, ""},
		{question.Answer{Total: new(int64)}, "0 rows"},
		{question.Answer{Rows: make([]question.Row, 1), Total: &many}, "1 of 1,234,567"},
		{question.Answer{Rows: make([]question.Row, 1), NextPageToken: "t"}, "1 rows, and there are more; go on with --page-token t, or take all with --all"},
	} {
		want(t, strings.Join(show.PageLines(words.English, &test.a), "\n"), test.want)
	}
}

// TestSheet: Excel knows the encoding, and shows no other number than is there.
func TestSheet(t *testing.T) {
	var b strings.Builder
	c := show.NewCSV(&b)
	c.Sheet, c.Hidden = true, "conflict_fields"
	a := people()
	if err := errors.Join(c.Begin(a.Columns), c.Rows(a.Rows)); err != nil {
		t.Fatal(err)
	}
	want(t, b.String(), "\ufeffid_number,sex,sex_label,hardship,hardship_label\n\"\t110101190001011009\",1,男,\"\t010;\t050\",\"乙;甲\"\n\"\t08\",9,,\"\t010\",甲\n")
}

// TestJSONInParts is the JSON of an answer, and none while its end is missing.
func TestJSONInParts(t *testing.T) {
	var b strings.Builder
	a := people()
	j := show.NewJSON(&b)
	if err := errors.Join(j.Begin(a.Columns), j.Rows(a.Rows[:1]), j.Rows(nil), j.Rows(a.Rows[1:])); err != nil {
		t.Fatal(err)
	}
	if json.Valid([]byte(b.String())) {
		t.Error("what has no end is valid JSON")
	}
	if err := j.End(question.End{Rows: 2, Coverage: a.Coverage, Kept: true}); err != nil {
		t.Fatal(err)
	}
	read, err := question.ParseAnswer([]byte(b.String()))
	if err != nil || len(read.Rows) != 2 || *read.Total != 2 || *read.Coverage.Conflicts != 1 || !read.Kept {
		t.Fatalf("%v: %s", err, b.String())
	}
}
