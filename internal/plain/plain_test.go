package plain_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/plain"
)

// names are shown as they are.
var names = []string{
	"", "张三", "阿卜杜拉·买买提", "迪丽热巴•迪力木拉提", "𠮷野家", "㛃𬎆𱁬", "\U000323b0", "\ue863\U000f0001", "邉\U000e0101", "ཀརྨ", "ᠮᠣᠩ\u180bᠭᠣᠯ", "نۇر", "한글", "a b\u3000c", `"甲", \u001b`, "★", "é", "e\u0301",
}

// hostile are texts, and what is shown for them.
var hostile = map[string]string{
	"\x1b[31mred":                  "\ufffd[31mred",
	"\x1b]52;c;ZXZpbA==\x07":       "\ufffd]52;c;ZXZpbA==\ufffd",
	"\u009b31m\u009d0;title\u009c": "\ufffd31m\ufffd0;title\ufffd",
	"a\x00b\x08c\x7fd":             "a\ufffdb\ufffdc\ufffdd",
	"a\nb\r\nc\td\x0be\u0085f":     "a b  c d e f",
	"a\u2028b\u2029c":              "a b c",
	"张\u202e三\u2066四\u2069\u061c\u200e\u200f\u202a\u202d": "张\ufffd三\ufffd四" + strings.Repeat("\ufffd", 6),
	"张\u200b三\u200c\u200d\u2060\ufeff\u00ad":              "张\ufffd三" + strings.Repeat("\ufffd", 5),
	"a\U000e0001\U000e0041\U000e007f":                     "a\ufffd\ufffd\ufffd",
	"a\u115f\u3164\uffa0\u034f\u2061":                     "a" + strings.Repeat("\ufffd", 5),
	"张\ufe00\ufe01\U000e0100":                             "张\ufe00\ufffd\ufffd",
	"\ufe00a\ufe00 \ufe00":                                "\ufffda\ufffd \ufffd",
	"a\xff\xc3b":                                          "a\ufffd\ufffdb",
	"a\ufffe\U0001ffff\ufdd0":                             "a\ufffd\ufffd\ufffd",
	"\ufff9a\ufffab\ufffb":                                "\ufffda\ufffdb\ufffd",
}

func TestLine(t *testing.T) {
	for _, name := range names {
		if got := plain.Line(name); got != name {
			t.Errorf("%q is shown as %q", name, got)
		}
	}
	for text, want := range hostile {
		if got := plain.Line(text); got != want {
			t.Errorf("%+q is shown as %+q, want %+q", text, got, want)
		}
	}
}

func TestText(t *testing.T) {
	if diff := cmp.Diff("a\nb\n\tc\n\ufffdd \n", plain.Text("a\r\nb\n\tc\r\x1bd\u2028\n")); diff != "" {
		t.Error(diff)
	}
}

// safe reports whether nothing in a text is hidden, but for one selector behind a
// character.
func safe(s string, keep string) bool {
	before := ' '
	for _, r := range s {
		if plain.Hidden(r) && !strings.ContainsRune(keep, r) && (plain.Hidden(before) || before <= 0x7f) {
			return false
		}
		before = r
	}
	return utf8.ValidString(s)
}

// TestAnyText: whatever comes, what is shown is safe, and is shown again as it is.
func TestAnyText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "utf8") {
			s = string(rapid.SliceOf(rapid.Int32Range(0, utf8.MaxRune)).Draw(t, "runes"))
		}
		if got := plain.Line(s); !safe(got, "") || plain.Line(got) != got {
			t.Errorf("%+q is shown as %+q", s, got)
		}
		if got := plain.Text(s); !safe(got, "\n\t") || plain.Text(got) != got {
			t.Errorf("%+q is shown as %+q", s, got)
		}
	})
}

// TestJSON: what is escaped means the same, and holds nothing hidden.
func TestJSON(t *testing.T) {
	for text := range hostile {
		raw, err := json.Marshal(map[string]string{text: text})
		if err != nil {
			t.Fatal(err)
		}
		got := plain.JSON(raw)
		var before, after map[string]string
		if json.Unmarshal(raw, &before) != nil || json.Unmarshal(got, &after) != nil || cmp.Diff(before, after) != "" {
			t.Errorf("%s became %s", raw, got)
		}
		if bytes.ContainsFunc(got, plain.Hidden) || !utf8.Valid(got) {
			t.Errorf("%q holds what is hidden: %+q", text, got)
		}
	}
	if got := string(plain.JSON([]byte("{\n\t\"a\": \"\xff\x7f\"\n}"))); got != "{\n\t\"a\": \"\ufffd\\u007f\"\n}" {
		t.Errorf("got %q", got)
	}
	for _, name := range names {
		raw, err := json.Marshal(name)
		var got string
		if err != nil || json.Unmarshal(plain.JSON(raw), &got) != nil || got != name {
			t.Errorf("%s is not what it was: %q", raw, got)
		}
	}
}

func TestCell(t *testing.T) {
	for text, want := range map[string]string{
		"张三": "张三", "": "", "3-4": "3-4", "a=b": "a=b", "·": "·",
		"=1+2": "'=1+2", "+86 139": "'+86 139", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\n=1", "\n=1": "'\n=1", "\tx": "'\tx", "\nx": "'\nx",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠1": "'＠1", "﹦1": "'﹦1",
		" =1": "' =1", "\u3000=1": "'\u3000=1", "\u200b=1": "'\ufffd=1", "\ufeff =1": "'\ufffd =1",
		"a\x1b[31m\r\nb": "a\ufffd[31m\nb", "\u2028=1": "' =1",
	} {
		if got := plain.Cell(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestWriter: a character may come in parts, and a text in any pieces.
func TestWriter(t *testing.T) {
	text := "张三\x1b[31m𠮷\u202e\nb\u009b"
	for size := 1; size < len(text); size++ {
		var out bytes.Buffer
		w := plain.NewWriter(&out)
		for rest := []byte(text); len(rest) > 0; {
			n, err := w.Write(rest[:min(size, len(rest))])
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if got := out.String(); got != "张三\ufffd[31m𠮷\ufffd\nb\ufffd" {
			t.Errorf("in pieces of %d: %q", size, got)
		}
	}
}
