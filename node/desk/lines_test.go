package desk_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/fault"
	"tongbu/node/desk"
)

func TestReadLines(t *testing.T) {
	item := func(line int, json string) desk.Item { return desk.Item{Line: line, JSON: []byte(json)} }
	tests := map[string]struct {
		input string
		want  []desk.Item
	}{
		"one":                 {`{"a":1}`, []desk.Item{item(1, `{"a":1}`)}},
		"two":                 {"{\"a\":1}\n{\"b\":2}\n", []desk.Item{item(1, `{"a":1}`), item(2, `{"b":2}`)}},
		"blank lines between": {"\n{\"a\":1}\n\n\n{\"b\":2}\n", []desk.Item{item(2, `{"a":1}`), item(5, `{"b":2}`)}},
		"a mark of Windows":   {"\ufeff{\"a\":1}\r\n{\"b\":2}\r\n", []desk.Item{item(1, `{"a":1}`), item(2, `{"b":2}`)}},
		"spread over lines":   {"{\n \"a\": \"}{\",\n\n \"b\": [\n1]\n}\n{}\n", []desk.Item{item(1, "{\n \"a\": \"}{\",\n\n \"b\": [\n1]\n}"), item(7, "{}")}},
		"quotes and escapes":  {`{"a":"\"}{\\"}` + "\n{}", []desk.Item{item(1, `{"a":"\"}{\\"}`), item(2, "{}")}},
		"a line not ended":    {"{}\n{}", []desk.Item{item(1, "{}"), item(2, "{}")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := desk.ReadLines(strings.NewReader(test.input))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadLinesRefuses(t *testing.T) {
	tests := map[string]struct{ input, want string }{
		"nothing":                  {"", "nothing was given"},
		"a mark alone":             {"\ufeff", "nothing was given"},
		"blank lines only":         {"\n \t\n\r\n", "nothing was given"},
		"broken":                   {"{}\n{\"a\" SECRET}\n{}\n", "line 2: not a JSON object: a syntax error"},
		"not closed":               {"{}\n\n{\"a\":1\n", "line 3: not a JSON object: the object is not closed"},
		"a string not closed":      {"{\"a\":\"SECRET\n{}\n", "line 1: not a JSON object: a syntax error"},
		"closed twice":             {"{}\n{\"a\":1}}\n", "line 2: not a JSON object: something follows the object"},
		"something behind":         {"{} SECRET\n", "line 1: not a JSON object: something follows the object"},
		"two on a line":            {"{}{}\n", "line 1: not a JSON object: something follows the object"},
		"an array":                 {"[1]\n", "line 1: not a JSON object: it does not begin with {"},
		"a number":                 {"5\n", "line 1: not a JSON object: it does not begin with {"},
		"no JSON":                  {"SECRET", "line 1: not a JSON object: a syntax error"},
		"cut short":                {"tru", "line 1: not a JSON object: a syntax error"},
		"another encoding":         {"{}\n{\"a\":\"\xc4\xe3\"}\n", "line 2: not a JSON object: it is not UTF-8"},
		"UTF-16":                   {"\xff\xfe{\x00}\x00", "line 1: not a JSON object: it is not UTF-8"},
		"too deep":                 {"{\"a\":" + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + "}", "line 1: not a JSON object: a syntax error"},
		"a line too long":          {"{}\n{\"a\":\"" + strings.Repeat("x", desk.MaxLine) + "\"}", fmt.Sprintf("line 2 is longer than %d KiB", desk.MaxLine>>10)},
		"an object over too many":  {"{}\n{\n" + strings.Repeat(" \n", desk.MaxLine), "line 2: not a JSON object: it is too long or not closed"},
		"an object never closed":   {"{\n" + strings.Repeat("{}\n", desk.MaxLine/2), "line 1: not a JSON object: it is too long or not closed"},
		"a mark in the middle":     {"{}\n\ufeff{}\n", "line 2: not a JSON object: a syntax error"},
		"a bracket for a brace":    {"{\"a\":1]\n", "line 1: not a JSON object: a syntax error"},
		"a field without a value":  {"{\"a\"}\n", "line 1: not a JSON object: a syntax error"},
		"a comma before the brace": {"{\"a\":1,}\n", "line 1: not a JSON object: a syntax error"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			items, err := desk.ReadLines(strings.NewReader(test.input))
			if fault.Of(err) != fault.Invalid || err.Error() != test.want || items != nil {
				t.Errorf("got %d items, %v (%v), want %q", len(items), err, fault.Of(err), test.want)
			}
			if strings.Contains(fault.Hint(err), "SECRET") {
				t.Errorf("the hint tells the content: %s", fault.Hint(err))
			}
		})
	}
}

// TestVeryManyObjects: an input of nothing but empty objects takes no more memory
// than one of records.
func TestVeryManyObjects(t *testing.T) {
	for n, want := range map[int]fault.Kind{1000: fault.OK, 1001: fault.Invalid} {
		items, err := desk.ReadAtMost(strings.NewReader(strings.Repeat("{}\n", n)), 1000)
		if fault.Of(err) != want || err == nil && len(items) != n {
			t.Errorf("%d: got %d items, %v", n, len(items), err)
		}
	}
}

func TestReadLinesOfABrokenReader(t *testing.T) {
	broken := errors.New("broken")
	if _, err := desk.ReadLines(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v, want the reader's error", err)
	}
}

func FuzzReadLines(f *testing.F) {
	f.Add("{\"a\":1}\n\n{\n\"b\":\"\\\"\"}\r\n")
	f.Add("\ufeff{}{}")
	f.Fuzz(func(t *testing.T, input string) {
		items, err := desk.ReadLines(strings.NewReader(input))
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Errorf("got %v, want invalid", err)
			}
			return
		}
		var again strings.Builder
		for _, item := range items {
			again.WriteString(strings.ReplaceAll(strings.ReplaceAll(string(item.JSON), "\n", " "), "\r", " ") + "\n")
		}
		same, err := desk.ReadLines(strings.NewReader(again.String()))
		if err != nil || len(same) != len(items) {
			t.Errorf("got %d items, and of the same on a line each %d, %v", len(items), len(same), err)
		}
	})
}

// TestReadQuickly: the quick reading says what the careful one says, or nothing.
func TestReadQuickly(t *testing.T) {
	for raw, quick := range map[string]bool{
		`{}`: true, `{"a":1}`: true, `{"a":"b:\"c","b":{"c":1,"d":[{"e":2}]},"n":1e400,"x":null,"t":true} `: true,
		`{"a":1,"a":2}`: false, `{"a":1,"\u0061":2}`: false, `{"fields":{"a":1}}`: false, `{"a":1,}`: false, `[1]`: false, `null`: false, ``: false,
	} {
		got := desk.ReadQuickly([]byte(raw))
		if (got != nil) != quick {
			t.Errorf("%s: got %v", raw, got)
			continue
		}
		want, err := desk.ReadCarefully([]byte(raw))
		if diff := cmp.Diff(want, got); quick && (err != nil || diff != "") {
			t.Errorf("%s: %v %s", raw, err, diff)
		}
	}
}

// FuzzReadQuickly is TestReadQuickly of anything.
func FuzzReadQuickly(f *testing.F) {
	f.Add([]byte(`{"a":{"b":":","c":[1,{}]},"fields":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := desk.ReadQuickly(raw)
		want, err := desk.ReadCarefully(raw)
		if diff := cmp.Diff(want, got); got != nil && (err != nil || diff != "") {
			t.Errorf("%v %s", err, diff)
		}
	})
}
