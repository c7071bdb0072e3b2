package filter_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
)

func mustKind(t testing.TB, name string) *schema.Kind {
	t.Helper()
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, ok := s.Kind(name)
	if !ok {
		t.Fatalf("no kind %s", name)
	}
	return k
}

func mustParse(t testing.TB, kind *schema.Kind, text string) *filter.Expr {
	t.Helper()
	e, err := filter.ParseInFull(kind, text)
	if err != nil {
		t.Fatalf("%s: %v (%s)", text, err, fault.Hint(err))
	}
	return e
}

// li is a made-up person.
func li() map[string]change.Value {
	return map[string]change.Value{
		"id": change.Text("p-1"), "unit": change.Text("abcdefghijklmnop"), "city": change.Text("420200000000"),
		"district": change.Text(""), "street": change.Text("420202001000"), "community": change.Text("420202001001"),
		"name": change.Text("Li 李_四"), "sex": change.Text("2"), "birth_date": change.Text("1898-09-27"),
		"id_number": change.Text("11010519491231002X"), "health": change.Text("61"), "nationality": change.Text("08"),
		"hardship": change.Set([]string{"050", "060"}), "marital": change.Null,
	}
}

// form is a made-up household.
func form() map[string]change.Value {
	return map[string]change.Value{
		"id": change.Text("h-1"), "people": change.Int(3), "low_income": change.Bool(true), "low_income_amount": change.Int(52000),
		"address": change.Text(`湖滨路 100% "东"`), "head_name": change.Text("null"),
	}
}

type answer struct {
	text string
	want bool
}

var personFilters = []answer{
	{"", true},
	{"   ", true},
	{`sex = "2"`, true},
	{`sex=2`, true},
	{`sex = 女`, true},
	{`AAC004 = female`, true},
	{`性别 = "男"`, false},
	{`sex != 1`, true},
	{`NOT sex = 2`, false},
	{`-sex = 2`, false},
	{`sex = 1 OR birth_date < 1900-01-01`, true},
	{`sex = 2 AND birth_date >= "1900-01-01"`, false},
	{`sex = 2 birth_date < 1900/1/1`, true},
	{`sex = 1 AND sex = 1 OR sex = 2`, false}, // OR binds tighter
	{`(sex = 1 AND sex = 1) OR sex = 2`, true},
	{`birth_date = 18980927`, true},
	{`birth_date = "1898-*"`, true},
	{`birth_date:"-09-"`, true},
	{`nationality = 08`, true},
	{`health = 6`, false},
	{`health:6`, true},
	{`health >= 6`, true},
	{`hardship:050`, true},
	{`hardship:残疾人`, true},
	{`hardship:040`, false},
	{`hardship:*`, true},
	{`name = "Li*"`, true},
	{`name = "li*"`, true},
	{`name = "*四"`, true},
	{`name = "*李*"`, true},
	{`name = *李*`, true},
	{`name = "四*"`, false},
	{`name != "Li*"`, false},
	{`name = "li 李_四"`, false},
	{`name:"李_"`, true},
	{`name:"李%"`, false},
	{`id_number = 11010519491231002x`, true},
	{`id_number = 110105*`, true},
	{`marital = null`, true},
	{`marital:*`, false},
	{`marital != 10`, false},
	{`NOT marital = 10`, true},
	{`marital = "" AND sex != ""`, true},
	{`district = null`, true},
	{`district != 420202000000`, false},
	{`district < 9`, false},
	{`community = 420202001001`, true},
	{`street = "420202*" AND city = 420200000000`, true},
	{`id = p-1`, true},
	{`birth_date:-09-`, true},
	{`birth_date = *-09-27`, true},
	{`id = "p-1" AND unit = abcdefghijklmnop`, true},
	{`name != *`, false},
}

var householdFilters = []answer{
	{`people = 3`, true},
	{`people > -1 AND people <= 3`, true},
	{`people = "3"`, true},
	{`people = 010`, false},
	{`low_income`, true},
	{`NOT low_income`, false},
	{`low_income = true`, true},
	{`low_income != 是`, false},
	{`low_income_amount >= 52000`, true},
	{`income_per_head < 1`, false},
	{`NOT income_per_head < 1`, true},
	{`address:"100%"`, true},
	{`address:"\"东"`, true},
	{`head_name = null`, false},
	{`head_name = "null"`, true},
	{`kinds:01`, false},
	{`NOT kinds:01`, true},
}

func TestMatch(t *testing.T) {
	person, household := mustKind(t, "person"), mustKind(t, "household")
	for _, c := range personFilters {
		if got := mustParse(t, person, c.text).Match(li()); got != c.want {
			t.Errorf("%s: want %v, got %v", c.text, c.want, got)
		}
	}
	for _, c := range householdFilters {
		if got := mustParse(t, household, c.text).Match(form()); got != c.want {
			t.Errorf("%s: want %v, got %v", c.text, c.want, got)
		}
	}
}

func TestFields(t *testing.T) {
	e := mustParse(t, mustKind(t, "person"), `aac004 = 1 OR (valid = 0 AND NOT 姓名:x) OR sex = 2`)
	if diff := cmp.Diff([]string{"name", "sex", "valid"}, e.Fields()); diff != "" {
		t.Error(diff)
	}
	if !e.Names("valid") || e.Names("id") {
		t.Error("names are wrong")
	}
}

func TestSQLText(t *testing.T) {
	e := mustParse(t, mustKind(t, "person"), `name = "a_*" AND NOT (sex = 1 OR community = 4 OR street:4) AND hardship:050 AND marital:20 AND district != 5`)
	where, args := e.SQL(filter.Dialect{Column: func(field string) string { return "f_" + field }})
	want := `(f_key_name LIKE ? ESCAPE '\' AND (((f_sex = ? OR f_community = ? OR NULLIF(f_street, '') LIKE ? ESCAPE '\')) IS NOT TRUE)` +
		` AND (f_hardship LIKE ? ESCAPE '\') AND f_marital IN (?, ?, ?, ?) AND NULLIF(f_district, '') <> ?)`
	if where != want {
		t.Errorf("want %s\n got %s", want, where)
	}
	if diff := cmp.Diff([]any{`a\_%`, "1", "4", "%4%", `%"050"%`, "20", "21", "22", "23", "5"}, args); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	kinds := map[string]*schema.Kind{"person": mustKind(t, "person"), "household": mustKind(t, "household")}
	for _, c := range []struct{ kind, text, mention string }{
		{"person", `colour = 1`, "person has no field colour"},
		{"person", `张secret = 1`, "person has no field of that name"},
		{"person", `sex = secret`, "sex"},
		{"person", `sex =`, "character"},
		{"person", `sex = "secret`, "character 7"},
		{"person", `(sex = 1`, "character"},
		{"person", `sex = 1)`, "character 8"},
		{"person", `姓名 = 1 AND )`, "character 12"},
		{"person", `sex = 1 and sex = 2`, "no field"},
		{"person", `sex`, "stands alone"},
		{"person", `"secret"`, "something else"},
		{"person", `420202 = 1`, "something else"},
		{"person", `name.secret = 1`, "something else"},
		{"person", `name = (a OR (b)`, "expected"},
		{"person", `name = (a, b)`, "comma"},
		{"person", `sex IN "1"`, "IN"},
		{"person", `sex IN (1, )`, "IN"},
		{"person", `sex IN (1`, "IN"},
		{"person", `sex in (1, 2)`, "IN"},
		{"person", `张secret IN (1, 2)`, "no field"},
		{"person", `sex IN (1, secret)`, "sex"},
		{"person", `id_number IN ("11010519491231002X", "110101190001011009")`, "masked"},
		{"person", `id_number:("11010519491231002X")`, "masked"},
		{"person", `age > 40`, "ages"},
		{"person", `conflicts > 1`, "conflicts"},
		{"household", `age > 40`, "no field"},
		{"person", `name = f(secret)`, "not compared"},
		{"person", `has(name)`, "functions"},
		{"person", `regex(name, "secret")`, "functions"},
		{"person", `name = a b`, "no field"},
		{"person", `birth_date = 1900-02-29`, "does not exist"},
		{"person", `birth_date = "1903-12"`, "does not exist"},
		{"person", `status >= 5`, "no order"},
		{"person", `name = “secret`, "character 8"},
		{"person", `birth_date > "19*"`, "birth_date"},
		{"person", `birth_date > true`, "birth_date"},
		{"person", `nationality = 8*`, "nationality"},
		{"person", `hardship = 050`, "hardship"},
		{"person", `hardship:secret`, "hardship"},
		{"person", `name < null`, "name"},
		{"person", `name:""`, "name"},
		{"person", `name = "  "`, "name"},
		{"household", `people = secret`, "people"},
		{"household", `people = 1.5`, "people"},
		{"household", `people = 99999999999999999999`, "people"},
		{"household", `people:3`, "people"},
		{"household", `low_income > true`, "low_income"},
		{"household", `low_income = secret`, "low_income"},
		{"person", "sex = 1\x00", "not a text"},
		{"person", "sex = \xff", "not a text"},
		{"person", strings.Repeat("(", 65) + "sex = 1" + strings.Repeat(")", 65), "parentheses"},
		{"person", strings.Repeat("sex=1 ", 300), "tests"},
		{"person", "sex = " + strings.Repeat("1", filter.MaxLength), "bytes"},
	} {
		_, err := filter.Parse(kinds[c.kind], c.text)
		if fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
			t.Errorf("%.60s: want invalid with a hint, got %v", c.text, err)
			continue
		}
		if message := err.Error(); !strings.Contains(message, c.mention) || strings.Contains(message+fault.Hint(err), "secret") || strings.Contains(message, "\n") {
			t.Errorf("%.60s: the message is wrong: %q", c.text, message)
		}
	}
}

func TestDeepButAllowed(t *testing.T) {
	text := strings.Repeat("(", 64) + "sex = 2" + strings.Repeat(")", 64)
	if !mustParse(t, mustKind(t, "person"), text).Match(li()) {
		t.Error("want a match")
	}
}

func TestParseOrder(t *testing.T) {
	k := mustKind(t, "person")
	got, err := filter.ParseOrder(k, "aac006 desc,姓名, community asc , id")
	want := []filter.Order{{Field: "birth_date", Desc: true}, {Field: "name"}, {Field: "community"}, {Field: "id"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, err := filter.ParseOrder(k, ""); err != nil || got != nil {
		t.Errorf("empty: %v, %v", got, err)
	}
	for _, text := range []string{"张secret", "name down", "name,,sex", "name; drop", "name, aac003", "hardship", "name desc desc", " ", strings.Repeat("name,", 9) + "name"} {
		if _, err := filter.ParseOrder(k, text); fault.Of(err) != fault.Invalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: want invalid, got %v", text, err)
		}
	}
}
