package schema_test

import (
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// FuzzPublish: whatever is given for a document, it is taken or refused in words; what
// is taken adds names of its own alone, is heard by everybody alike, and finds nothing
// hard in a record that had nothing hard.
func FuzzPublish(f *testing.F) {
	base := mustLoad(f)
	for _, doc := range []string{pets, question("        must: soft\n"), rule("        strength: soft\n"), household("    writers: [2]\n"), "kinds: [null]", "codes: [{}]", "kinds:\n  - {}\n",
		"? [a]\n: b", "kinds: {a: b}", "- kinds", "kinds:\n- name: household\n  extends: true\n  fields: [null]\n  checks: [null]\n  sections: [{}]\n"} {
		f.Add(doc)
	}
	form := map[string]change.Value{"address": change.Text("湖滨路"), "housing": change.Text("4"), "people": change.Int(3), "kinds": change.Set([]string{"01"})}
	f.Fuzz(func(t *testing.T, doc string) {
		next, adds, problems := base.Publish(1, []byte(doc))
		if problems != nil {
			for _, o := range problems {
				if next != nil || o.Rule == "" || o.Message == "" || strings.Contains(o.Message, "\n") {
					t.Fatalf("%+v", o)
				}
			}
			return
		}
		for _, name := range adds {
			_, bare, isField := strings.Cut(name, ".x.")
			_, relabelled := base.Kind(strings.SplitN(name, ".", 2)[0])
			if !strings.HasPrefix(name, "x.") && !strings.Contains(name, ":") && (!isField || bare == "") && !relabelled {
				t.Errorf("it adds %q", name)
			}
		}
		heard, all := base.Hear([]schema.Publication{{Number: 1, ID: "a", Document: []byte(doc)}})
		if len(all[0].Problems) > 0 || heard.Fingerprint() != next.Fingerprint() {
			t.Errorf("it is heard as another: %+v", all[0].Problems)
		}
		k, _ := next.Kind("household")
		for _, p := range k.Check(form) {
			if p.Hard {
				t.Errorf("what was right is wrong: %+v", p)
			}
		}
	})
}
