package question_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// TestParts: what is written is read, in its order, and an answer that lacks some of
// its rows is none.
func TestParts(t *testing.T) {
	columns := []question.Column{{Name: "id", Type: question.Text}, {Name: "n", Type: question.Integer}, {Name: "s", Type: question.Set}}
	rows := []question.Row{{change.Text("a"), question.Absent, change.Set([]string{"x"})}, {change.Text("b"), change.Int(2), change.Null}}
	head, err := question.Part{Columns: columns}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	first, n, err := question.AppendRows(nil, columns, rows, 1)
	if err != nil || n != 1 {
		t.Fatalf("%d rows, %v", n, err)
	}
	second, n, err := question.AppendRows(nil, columns, rows[1:], 1000)
	if err != nil || n != 1 {
		t.Fatalf("%d rows, %v", n, err)
	}
	end, err := question.Part{End: &question.End{Rows: 2}}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		parts [][]byte
		over  bool
		ok    bool
	}{
		"all":              {[][]byte{head, first, second, end}, true, true},
		"cut":              {[][]byte{head, first, second}, false, true},
		"a part missing":   {[][]byte{head, first, end}, true, false},
		"no columns":       {[][]byte{first}, false, false},
		"columns twice":    {[][]byte{head, head}, false, false},
		"behind the end":   {[][]byte{head, first, second, end, first}, true, false},
		"of a later build": {[][]byte{head, []byte(`{"hint":{"a":1}}`), first, second, end}, true, true},
		"another column":   {[][]byte{head, []byte(`{"rows":[{"id":"a","z":1}]}`)}, false, false},
		"another order":    {[][]byte{head, []byte(`{"rows":[{"n":1,"id":"a"}]}`)}, false, false},
		"another type":     {[][]byte{head, []byte(`{"rows":[{"id":1}]}`)}, false, false},
		"a column twice":   {[][]byte{head, []byte(`{"rows":[{"id":"a","id":"b"}]}`)}, false, false},
		"no JSON":          {[][]byte{[]byte(`{"columns"`)}, false, false},
	} {
		var reader question.PartReader
		var got []question.Row
		var err error
		for _, raw := range test.parts {
			var part question.Part
			if part, err = reader.Read(raw); err != nil {
				break
			}
			got = append(got, part.Rows...)
		}
		if (err == nil) != test.ok || err != nil && fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
		if reader.Over() != test.over {
			t.Errorf("%s: over is %v", name, reader.Over())
		}
		if name == "all" && (len(got) != 2 || got[1][1] != change.Int(2) || !got[1][2].IsNull()) {
			t.Errorf("got %v", got)
		}
	}
}
