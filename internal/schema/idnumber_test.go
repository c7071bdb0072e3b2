package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/calendar"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// The numbers are made up, of birth years nobody living has, but for the two
// examples printed in the standard.
func TestParseID(t *testing.T) {
	for number, want := range map[string]schema.ID{
		"11010519491231002X": {Area: "110105", Birth: "1949-12-31", Male: false},
		"440524188001010014": {Area: "440524", Birth: "1880-01-01", Male: true},
		"420205190402290014": {Area: "420205", Birth: "1904-02-29", Male: true},
		"420205189809275088": {Area: "420205", Birth: "1898-09-27", Male: false},
	} {
		got, err := schema.ParseID(number)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", number, err, diff)
		}
	}
}

func TestParseIDRefuses(t *testing.T) {
	for name, number := range map[string]string{
		"check character": "420205189809275080",
		"month 13":        "420205189813275080",
		"no leap year":    "420205190002290015",
		"17 characters":   "42020518980927508",
		"letter in front": "X20205189809275088",
		"lower case":      "11010519491231002x",
		"empty":           "",
		"zeros":           "000000000000000000",
		"wide digits":     "４２０２０５１８９８０９２７５０８８",
	} {
		_, err := schema.ParseID(number)
		if fault.Of(err) != fault.Invalid {
			t.Errorf("%s: want invalid, got %v", name, err)
		} else if number != "" && strings.Contains(err.Error(), number) {
			t.Errorf("%s: the error shows the number", name)
		}
	}
}

// TestCheckCharacterIsNotTold: who is told which character is right types that one, and
// the wrong digit before it stays.
func TestCheckCharacterIsNotTold(t *testing.T) {
	said := map[string]bool{}
	for _, last := range "0123456789X" {
		number := "42020518980927508" + string(last)
		if _, err := schema.ParseID(number); err != nil {
			said[err.Error()+fault.Hint(err)] = true
		}
	}
	if len(said) != 1 {
		t.Errorf("ten wrong characters are told apart: %v", said)
	}
	for text := range said {
		if strings.ContainsAny(text, "0123456789X") {
			t.Errorf("a character is named: %s", text)
		}
	}
}

func TestNormalizeID(t *testing.T) {
	for text, want := range map[string]string{
		" 420205189809275088 ": "420205189809275088",
		"４２０２０５１８９８０９２７５０８８": "420205189809275088",
		"11010519491231002x":                   "11010519491231002X",
		"11010519491231002ｘ":                   "11010519491231002X",
		"420202030405001":                      "420202030405001",
		"　420202030405001":                     "420202030405001",
		"\u202a420205189809275088\u202c\u200b": "420205189809275088",
		"12":                                   "12",
	} {
		if got := schema.NormalizeID(text); got != want {
			t.Errorf("%q: want %s, got %s", text, want, got)
		}
	}
}

func TestMasked(t *testing.T) {
	for number, want := range map[string]string{"420205189809275088": "420205**********88", "12345678": "********", "": ""} {
		if got := schema.Masked(number); got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
}

func TestAge(t *testing.T) {
	for _, c := range []struct {
		birth, day string
		want       int
		ok         bool
	}{
		{"1904-02-29", "1905-02-27", 0, true},
		{"1904-02-29", "1905-02-28", 1, true},
		{"1900-06-15", "1940-06-14", 39, true},
		{"1900-06-15", "1940-06-15", 40, true},
		{"1900-06-15", "1900-06-14", 0, false},
		{"1900-13-15", "1940-06-15", 0, false},
		{"1900-06-15", "", 0, false},
	} {
		if got, ok := calendar.Age(c.birth, c.day); got != c.want || ok != c.ok {
			t.Errorf("%s to %s: want %d, got %d %v", c.birth, c.day, c.want, got, ok)
		}
	}
}
