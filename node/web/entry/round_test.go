package entry_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/schema"
)

// TestFormsSayWhatTheyWereGiven: what is typed into a form is what its edit shows, and
// sent again so it changes nothing.
func TestFormsSayWhatTheyWereGiven(t *testing.T) {
	c := newClerk(t)
	k, _ := c.s.Replica.Schema.Kind("vacancy")
	rounds := 0
	rapid.Check(t, func(rt *rapid.T) {
		typed := drawForm(rt, k)
		if rounds++; rounds > maxRounds && !t.Failed() { // each writes to the disk
			return
		}
		action, values := c.open("/new/vacancy", typed)
		id := c.idOf(c.save(action, values))
		action, shown := c.open("/edit/vacancy/"+id, nil)
		for name, text := range typed {
			f, _ := k.Field(strings.TrimPrefix(name, "0."))
			want, err := f.ParseText(text)
			if err != nil {
				rt.Fatal(err)
			}
			if got, err := f.ParseText(shown.Get(name)); err != nil || got != want {
				rt.Errorf("%s: typed %q, the edit has %q", name, text, shown.Get(name))
			}
		}
		before := c.record("vacancy", id).Version
		if c.save(action, shown); c.record("vacancy", id).Version != before {
			rt.Error("an edit in which nothing is typed changes the record")
		}
	})
}

// maxRounds is how many forms are saved.
const maxRounds = 12

// drawForm types into some of the fields of a form.
func drawForm(rt *rapid.T, k *schema.Kind) map[string]string {
	typed := map[string]string{"0.employer_name": "厂"}
	for _, f := range k.Fields {
		if f.ReadOnly || f.Type == schema.Ref || f.Name == "valid" || f.Name == "own_no" || strings.HasSuffix(f.Name, "_reason") || strings.HasPrefix(f.Name, "recorded_") {
			continue
		}
		if rapid.Bool().Draw(rt, f.Name) {
			typed["0."+f.Name] = drawText(rt, f)
		}
	}
	return typed
}

func drawText(rt *rapid.T, f *schema.Field) string {
	switch f.Type {
	case schema.Integer:
		return fmt.Sprint(rapid.IntRange(0, 90).Draw(rt, "n"))
	case schema.Money:
		return rapid.SampledFrom([]string{"0", "1", "640", "3200.5", "0.07", "99999.99"}).Draw(rt, "yuan")
	case schema.Date:
		return fmt.Sprintf("20%02d-%02d-%02d", rapid.IntRange(10, 26).Draw(rt, "y"), rapid.IntRange(1, 12).Draw(rt, "m"), rapid.IntRange(1, 28).Draw(rt, "d"))
	case schema.Boolean:
		return rapid.SampledFrom([]string{"是", "否"}).Draw(rt, "is")
	case schema.Code:
		item := rapid.SampledFrom(f.List().Items).Draw(rt, "code")
		return rapid.SampledFrom([]string{item.Code, item.Zh}).Draw(rt, "as")
	}
	if f.PersonName {
		return rapid.SampledFrom([]string{"沈玉兰", "阿依古丽·买买提", `"><b>&amp;'`}).Draw(rt, "name")
	}
	if f.MaxLen < 500 { // the others have several lines
		return rapid.SampledFrom([]string{"一", `"><b>&amp;'`, "a b", "１２３", "= 1 + 1", "é ü ㊀"}).Draw(rt, "text")
	}
	return rapid.SampledFrom([]string{"一", `"><b>&amp;'`, "a b", "长\n行", "１２３", "= 1 + 1", "é ü ㊀", url.QueryEscape("百分%")}).Draw(rt, "text")
}
