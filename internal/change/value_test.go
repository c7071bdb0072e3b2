package change_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func TestValueGet(t *testing.T) {
	tests := []struct {
		value change.Value
		want  any
		json  string
	}{
		{change.Null, nil, `null`},
		{change.Bool(true), true, `true`},
		{change.Bool(false), false, `false`},
		{change.Int(0), int64(0), `0`},
		{change.Int(math.MaxInt64), int64(math.MaxInt64), `9223372036854775807`},
		{change.Int(math.MinInt64), int64(math.MinInt64), `-9223372036854775808`},
		{change.Text(""), "", `""`},
		{change.Text("张三"), "张三", `"张三"`},
		{change.Set(nil), []string{}, `[]`},
		{change.Set([]string{"b", "a", "b"}), []string{"a", "b"}, `["a","b"]`},
	}
	for _, test := range tests {
		got, err := test.value.Get()
		if err != nil {
			t.Errorf("%v: %v", test.want, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Error(diff)
		}
		if raw, err := json.Marshal(test.value); err != nil || string(raw) != test.json {
			t.Errorf("JSON: got %s, %v, want %s", raw, err, test.json)
		}
	}
}

// TestValueRefuses lists encodings of things a field cannot hold, and longer
// encodings of things it can.
func TestValueRefuses(t *testing.T) {
	tests := map[string]change.Value{
		"nothing":                  "",
		"undefined":                "\xf7",
		"a float":                  "\xf9\x3c\x00",
		"bytes":                    "\x41a",
		"a map":                    "\xa0",
		"a tag":                    "\xc1\x00",
		"a number in long form":    "\x18\x01",
		"a number above int64":     "\x1b\x80\x00\x00\x00\x00\x00\x00\x00",
		"a number below int64":     "\x3b\x80\x00\x00\x00\x00\x00\x00\x00",
		"a text in long form":      "\x78\x01a",
		"a text without an end":    "\x7f\x61a\xff",
		"a text that is not UTF-8": "\x61\xff",
		"a text cut short":         "\x62a",
		"a set out of order":       "\x82\x61b\x61a",
		"a set with a repeat":      "\x82\x61a\x61a",
		"a set of numbers":         "\x81\x01",
		"a set of sets":            "\x81\x80",
		"a bomb of elements":       "\x9a\xff\xff\xff\xff",
		"two values":               "\x01\x01",
	}
	for name, value := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := value.Get()
			wantKind(t, err, fault.Damaged)
			wantKind(t, value.Validate(), fault.Damaged)
		})
	}
}

func TestValueOfAnotherType(t *testing.T) {
	for _, v := range []change.Value{change.Null, "", "\xff", change.Set([]string{"a"})} {
		if v.Text() != "" || v.Int() != 0 || v.Bool() {
			t.Errorf("%x: got %q, %d, %v, want the zero values", string(v), v.Text(), v.Int(), v.Bool())
		}
	}
	if !change.Null.IsNull() || !change.Value("").IsNull() || change.Text("").IsNull() {
		t.Error("IsNull is true for something that is there, or false for nothing")
	}
}
