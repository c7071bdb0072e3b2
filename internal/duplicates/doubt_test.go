package duplicates_test

import (
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/duplicates"
)

// TestIsSure: a number tells who it is where the record says no other birth or sex; a sex
// that is neither male nor female says nothing against it.
func TestIsSure(t *testing.T) {
	for _, c := range []struct {
		number, birth, sex string
		want               bool
	}{
		{number, "", "", true}, {number, "1949-12-31", "2", true}, {number, "", "9", true}, {number, "", "1", false}, {number, "1949-12-30", "2", false},
		{another, "", "1", true}, {another, "", "9", true}, {another, "", "2", false}, {another, "1949-12-31", "1", false},
		{wrongEnd, "1949-12-31", "2", false}, {"", "1949-12-31", "2", false},
	} {
		p := person("a", c.number, "王芳", c.birth, c.sex)
		if got := p.IsSure(); got != c.want {
			t.Errorf("%s, born %q, sex %q: sure %v, want %v", c.number, c.birth, c.sex, got, c.want)
		}
	}
}

// TestLeastAlike: what alone makes a case, and what is left unsaid speaks neither for nor
// against.
func TestLeastAlike(t *testing.T) {
	for _, c := range []struct {
		what    string
		a, b    duplicates.Person
		score   int
		reasons string
	}{
		{"one number, and nothing else agrees", person("a", number, "王芳", "1980-01-01", "1"), person("b", number, "王方", "", ""), 60, "birth_other name_other number_doubtful number_same"},
		{"one says no sex", person("a", "", "王芳", "1980-01-01", ""), person("b", "", "王芳", "1980-01-01", "2"), 75, "birth_same name_same number_missing"},
		{"neither says a sex", person("a", "", "王芳", "1980-01-01", ""), person("b", "", "王芳", "1980-01-01", ""), 75, "birth_same name_same number_missing"},
	} {
		for _, l := range []duplicates.Likeness{duplicates.Compare(c.a, c.b), duplicates.Compare(c.b, c.a)} {
			if got := strings.Join(l.Reasons, " "); l.Score != c.score || got != c.reasons || !l.IsCase() {
				t.Errorf("%s: %d by %q, want %d by %q and a case", c.what, l.Score, got, c.score, c.reasons)
			}
		}
	}
}

// TestKeysOfUsual: a record that is not read in full has the keys of one that is.
func TestKeysOfUsual(t *testing.T) {
	for _, c := range []struct{ number, name, birth, born, digits string }{
		{number, "王芳", "", "王芳1949-12-31", number[:6] + number[8:17]},
		{number, "王芳", "1949-12-31", "王芳1949-12-31", number[:6] + number[8:17]},
		{number, "", "", "", number[:6] + number[8:17]},
		{oldOne, "王芳", "", "王芳1949-12-31", oldOne},
		{"", "王芳", "1949-12-31", "王芳1949-12-31", ""},
		{"", "王芳", "", "", ""},
		{"", "", "1949-12-31", "", ""},
	} {
		values := map[string]change.Value{"id_number": change.Text(c.number), "name": change.Text(c.name), "birth_date": change.Text(c.birth)}
		k := duplicates.KeysOf(func(field string) change.Value { return values[field] })
		if k.Born != c.born || k.Number != c.digits {
			t.Errorf("%q, %q, %q: got %+v, want %q and %q", c.number, c.name, c.birth, k, c.born, c.digits)
		}
	}
}
