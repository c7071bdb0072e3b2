package schema_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

func decode(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		t.Fatal(err)
	}
	return object
}

func TestParse(t *testing.T) {
	s := mustLoad(t)
	got, err := mustKind(t, s, "person").Parse(decode(t, `{
		"AAC003": " 买买提·吐尔逊 ", "公民身份号码": "420202030405001", "sex": "男", "nationality": "05",
		"birth_date": "1903年4月5日", "marital": 10, "hardship": ["残疾人", "050", "060"], "phone": "", "skill": null}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]change.Value{
		"name": change.Text("买买提·吐尔逊"), "id_number": change.Text("420202030405001"), "sex": change.Text("1"),
		"nationality": change.Text("05"), "birth_date": change.Text("1903-04-05"), "marital": change.Text("10"),
		"hardship": change.Set([]string{"050", "060"}), "phone": change.Null, "skill": change.Null,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	object := mustKind(t, s, "person").Object(got)
	if _, ok := object["phone"]; ok || object["name"] != "买买提·吐尔逊" || !cmp.Equal(object["hardship"], []string{"050", "060"}) {
		t.Errorf("object: %v", object)
	}
}

func TestParseNumbers(t *testing.T) {
	got, err := mustKind(t, mustLoad(t), "household").Parse(decode(t, `{"people": 3, "low_income": true, "low_income_amount": 52000}`))
	want := map[string]change.Value{"people": change.Int(3), "low_income": change.Bool(true), "low_income_amount": change.Int(52000)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// TestParseYesNo: what tables show and filters take may be put.
func TestParseYesNo(t *testing.T) {
	household := mustKind(t, mustLoad(t), "household")
	for text, want := range map[string]bool{"是": true, " 否 ": false} {
		got, err := household.Parse(decode(t, `{"是否低保": "`+text+`"}`))
		if err != nil || got["low_income"] != change.Bool(want) {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	s := mustLoad(t)
	for _, c := range []struct{ name, kind, object, mention string }{
		{"unknown field", "person", `{"colour": "red"}`, `"colour"`},
		{"twice by alias", "person", `{"name": "secret", "aac003": "secret"}`, "name"},
		{"twice though null", "person", `{"name": null, "姓名": "secret"}`, "name"},
		{"read only", "person", `{"unit": "abcdefghijklmnop"}`, "unit"},
		{"number for text", "person", `{"name": 12345678}`, "name"},
		{"object for text", "person", `{"name": {"secret": 1}}`, "name"},
		{"text for integer", "household", `{"people": "12345678"}`, "people"},
		{"fraction", "household", `{"people": 1.5}`, "people"},
		{"exponent", "household", `{"people": 1e3}`, "people"},
		{"too large", "household", `{"people": 9223372036854775808}`, "people"},
		{"text for boolean", "household", `{"low_income": "secret"}`, "low_income"},
		{"boolean for date", "person", `{"birth_date": true}`, "birth_date"},
		{"text for set", "person", `{"hardship": "050"}`, "hardship"},
		{"set for text", "person", `{"name": ["secret"]}`, "name"},
		{"numbers in a set", "person", `{"hardship": [50]}`, "hardship"},
		{"number as a name", "person", `{"420205189809275088": 1}`, "(a number)"},
		{"long", "person", `{"name": "` + strings.Repeat("x", change.MaxValue) + `"}`, "name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := mustKind(t, s, c.kind).Parse(decode(t, c.object))
			if fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
				t.Fatalf("want invalid with a hint, got %v", err)
			}
			if !strings.Contains(err.Error(), c.mention) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "12345678") {
				t.Errorf("the message is wrong: %v", err)
			}
		})
	}
}

func TestTextOfCells(t *testing.T) {
	s := mustLoad(t)
	for _, c := range []struct {
		kind, field, text string
		want              change.Value
		formatted         string
	}{
		{"household", "low_income_amount", "520.5", change.Int(52050), "520.50"},
		{"household", "low_income_amount", "-0.05", change.Int(-5), "-0.05"},
		{"household", "low_income_amount", "５２０", change.Int(52000), "520.00"},
		{"household", "low_income", "是", change.Bool(true), "是"},
		{"household", "low_income", "No", change.Bool(false), "否"},
		{"household", "people", " 4 ", change.Int(4), "4"},
		{"household", "kinds", "双下岗、03", change.Set([]string{"01", "03"}), "双下岗; 单亲"},
		{"person", "sex", "女", change.Text("2"), "女"},
		{"person", "birth_date", "1903/4/5", change.Text("1903-04-05"), "1903-04-05"},
		{"person", "birth_date", "19030405", change.Text("1903-04-05"), "1903-04-05"},
		{"person", "name", "", change.Null, ""},
		{"device", "enrolled", "2026-01-02T03:04:05.678Z", change.Int(1767323045678), "2026-01-02T03:04:05.678Z"},
	} {
		f, ok := mustKind(t, s, c.kind).Field(c.field)
		if !ok {
			t.Fatalf("no field %s", c.field)
		}
		got, err := f.ParseText(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s %q: got %q, %v", c.field, c.text, got, err)
		}
		if text := f.FormatText(got, "zh"); text != c.formatted {
			t.Errorf("%s: want %q, got %q", c.field, c.formatted, text)
		}
	}
}

func TestTextOfCellsRefused(t *testing.T) {
	s := mustLoad(t)
	for _, c := range [][2]string{{"low_income_amount", "1.234"}, {"low_income_amount", "."}, {"low_income_amount", "+5"}, {"low_income_amount", "1e5"}, {"low_income", "maybe"}, {"people", "x"}} {
		f, _ := mustKind(t, s, "household").Field(c[0])
		if _, err := f.ParseText(c[1]); fault.Of(err) != fault.Invalid {
			t.Errorf("%s %q: want invalid, got %v", c[0], c[1], err)
		}
	}
}

func TestMoneyTextRoundTrip(t *testing.T) {
	f, _ := mustKind(t, mustLoad(t), "household").Field("income_per_head")
	rapid.Check(t, func(t *rapid.T) {
		want := change.Int(rapid.Int64Range(math.MinInt64, math.MaxInt64).Draw(t, "fen"))
		if got, err := f.ParseText(f.FormatText(want, "zh")); err != nil || got != want {
			t.Fatalf("got %v, %v", got, err)
		}
	})
}

// FuzzParse: what is accepted is canonical, and parses to the same values when
// given again as JSON.
func FuzzParse(f *testing.F) {
	f.Add("person", `{"name":"张三","id_number":"420202030405001","hardship":["050","残疾人"],"birth_date":"1903.4.5"}`)
	f.Add("household", `{"people":3,"low_income":true,"low_income_amount":1,"remark":"a\r\r\nb"}`)
	f.Add("notice", `{"title":"\u202e","audience":"abc","issued":"０"}`)
	s := mustLoad(f)
	f.Fuzz(func(t *testing.T, kind, text string) {
		k, ok := s.Kind(kind)
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var object map[string]any
		if !ok || d.Decode(&object) != nil {
			return
		}
		values, err := k.Parse(object)
		if err != nil {
			if fault.Of(err) != fault.Invalid || strings.Contains(err.Error(), "\n") {
				t.Fatalf("want invalid in one line, got %q", err)
			}
			return
		}
		k.CheckOn(values, "2026-01-01")
		raw, err := json.Marshal(k.Object(values))
		if err != nil {
			t.Fatal(err)
		}
		again, err := k.Parse(decode(t, string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range values {
			if err := value.Validate(); err != nil {
				t.Fatal(err)
			}
			if !value.IsNull() && again[name] != value {
				t.Fatalf("field %s: want %q, got %q", name, value, again[name])
			}
		}
	})
}

// FuzzSchema: no document makes the loader panic.
func FuzzSchema(f *testing.F) {
	f.Add([]byte(addition))
	f.Add([]byte("kinds: [null]"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if _, err := schema.Parse(doc); err != nil && fault.Of(err) != fault.Invalid {
			t.Fatal(err)
		}
	})
}

// TestMoneyAsPeopleWriteIt: a sum may have its thousands apart and its unit beside it; a
// comma that may be meant for a point is refused.
func TestMoneyAsPeopleWriteIt(t *testing.T) {
	f, _ := mustKind(t, mustLoad(t), "household").Field("income_per_head")
	for text, want := range map[string]int64{"2500": 250000, "2,500": 250000, "2，500": 250000, "2500元": 250000, "2,500.50 元": 250050, "￥1,234,567.8": 123456780, "¥80": 8000, "-2,500": -250000, "２５００元": 250000} {
		if got, err := f.ParseText(text); err != nil || got != change.Int(want) {
			t.Errorf("%q: got %v, %v; want %d fen", text, got, err, want)
		}
	}
	for _, text := range []string{"2,50", "25,00", "2500,", ",500", "2,5000", "元", "2500元元", "25a", "1,234.567", "2.500,00", "两千五"} {
		if got, err := f.ParseText(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}
