package schema_test

import (
	"testing"

	"tongbu/internal/change"
)

// TestNames: what is typed as a name, what is kept of it, and what is said of it.
func TestNames(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	for _, c := range []struct{ typed, kept, rules string }{
		{" 王明　", "王明", ""},
		{"王　明", "王　明", ""},
		{"阿卜杜•热合曼", "阿卜杜·热合曼", ""},
		{"Jose\u0301", "Jose\u0301", ""},
		{"𠮷野", "𠮷野", ""},
		{"王\ue816", "王\ue816", "name:private_use"},
		{"王1", "王1", "name:name_digits"},
		{"王１", "王１", "name:name_digits"},
		{"王①", "王①", "name:name_digits"},
		{"\u200b", "\u200b", "name:characters!"},
		{"王\u200b明", "王\u200b明", "name:characters!"},
		{"王\u2060明", "王\u2060明", "name:characters!"},
		{"王\ufe0f明", "王\ufe0f明", "name:characters!"},
		{"\ufeff王明", "\ufeff王明", "name:characters!"},
		{"王\u200f明", "王\u200f明", "name:characters!"},
		{"王\u2067明", "王\u2067明", "name:characters!"},
		{"\u0301", "\u0301", "name:characters!"},
		{"\u3164", "\u3164", "name:characters!"},
		{"王\ufffd", "王\ufffd", "name:characters!"},
		{"王\n明", "王\n明", "name:characters!"},
		{"　", "", "name:missing!"},
	} {
		values, err := k.Parse(map[string]any{"name": c.typed})
		if err != nil {
			t.Fatal(err)
		}
		if values["name"].Text() != c.kept {
			t.Errorf("%q is kept as %q", c.typed, values["name"].Text())
		}
		if got := rulesOf(k, values, "name"); got != c.rules {
			t.Errorf("%q: %q, want %q", c.typed, got, c.rules)
		}
	}
}

// TestTexts: no text holds what could not be read, or nothing that is to be seen.
func TestTexts(t *testing.T) {
	s := mustLoad(t)
	for kind, field := range map[string]string{"person": "hukou_address", "household": "address", "notice": "body"} {
		for text, want := range map[string]string{"湖滨路\ufffd": ":characters!", "\u200b": ":characters!", "湖滨路\u200b1号": ""} {
			if want != "" {
				want = field + want
			}
			if got := rulesOf(mustKind(t, s, kind), map[string]change.Value{field: change.Text(text)}, field); got != want {
				t.Errorf("%s %q: %q, want %q", field, text, got, want)
			}
		}
	}
}

// TestEntryIsNotHard: what this release alone refuses is refused where it is typed;
// a city takes it from programs of before.
func TestEntryIsNotHard(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	if got := k.CheckHard(change.FieldsOf(with(complete(), "name", change.Text("王\u200b明"), "remark", change.Text("\ufffd")))); len(got) > 0 {
		t.Errorf("a city refuses %s", rules(got))
	}
}
