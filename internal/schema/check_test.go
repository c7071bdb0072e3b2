package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

const today = "1940-06-15"

// rules lists problems as field:rule, hard ones with an exclamation mark.
func rules(problems []schema.Problem) string {
	var all []string
	for _, p := range problems {
		s := p.Field + ":" + p.Rule
		if p.Hard {
			s += "!"
		}
		all = append(all, s)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// complete is a made-up person without any problem: 42 years old today.
func complete() map[string]change.Value {
	return map[string]change.Value{
		"household": change.Text("h-1"), "name": change.Text("李四·测试"), "id_number": change.Text("420202189803219051"),
		"sex": change.Text("1"), "birth_date": change.Text("1898-03-21"), "nationality": change.Text("01"),
		"hukou": change.Text("11"), "hukou_division": change.Text("420202"), "hukou_address": change.Text("湖滨路 1 号"),
		"education": change.Text("61"), "health": change.Text("1"), "relation": change.Text("02"), "status": change.Text("1"),
		"labour_ability": change.Text("1"), "job_wish": change.Text("1"), "training_wish": change.Text("0"),
	}
}

func with(values map[string]change.Value, pairs ...any) map[string]change.Value {
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1].(change.Value)
	}
	return values
}

func TestCheckPerson(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	text, set := change.Text, func(codes ...string) change.Value { return change.Set(codes) }
	for name, c := range map[string]struct {
		change []any
		want   string
	}{
		"complete":              {nil, ""},
		"no name":               {[]any{"name", change.Null}, "name:missing!"},
		"digits in the name":    {[]any{"name", text("李4")}, "name:name_digits"},
		"rare character":        {[]any{"name", text("𠮷·阿卜杜")}, ""},
		"control character":     {[]any{"name", text("李\x00四")}, "name:characters!"},
		"text turned around":    {[]any{"name", text("李\u202e四")}, "name:characters!"},
		"name too long":         {[]any{"name", text(strings.Repeat("李", 51))}, "name:length!"},
		"name just short":       {[]any{"name", text(strings.Repeat("𠮷", 50))}, ""},
		"no number":             {[]any{"id_number", change.Null}, "id_number:id_or_reason"},
		"no number, reason":     {[]any{"id_number", change.Null, "id_reason", text("lost")}, ""},
		"check character":       {[]any{"id_number", text("420202189803219050")}, "id_number:id_number!"},
		"sex differs":           {[]any{"sex", text("2")}, "sex:id_sex"},
		"sex differs, reason":   {[]any{"sex", text("2"), "mismatch_reason", text("old entry")}, ""},
		"sex not stated":        {[]any{"sex", text("9")}, "sex:id_sex_stated"},
		"birth differs":         {[]any{"birth_date", text("1898-03-22")}, "birth_date:id_birth"},
		"impossible date":       {[]any{"birth_date", text("1900-02-29")}, "birth_date:date!"},
		"date 0000":             {[]any{"first_work_date", text("0000-01-01")}, "first_work_date:date!"},
		"date 9999":             {[]any{"first_work_date", text("9999-01-01")}, "first_work_date:date!"},
		"born tomorrow":         {[]any{"id_number", text("420205190402290014"), "birth_date", text("1940-06-16")}, "birth_date:birth_future! birth_date:id_birth"},
		"too old":               {[]any{"birth_date", text("1810-01-01")}, "birth_date:age_range birth_date:id_birth"},
		"unknown code":          {[]any{"education", text("99")}, "education:code!"},
		"unknown code in a set": {[]any{"hardship", set("777")}, "hardship:code!"},
		"wrong type":            {[]any{"sex", change.Int(1)}, "sex:type!"},
		"damaged value":         {[]any{"sex", change.Value("\xff")}, "sex:type!"},
		"missing education":     {[]any{"education", change.Null}, "education:missing"},
		"disabled":              {[]any{"health", text("61")}, "disability_cert:disability_cert"},
		"disabled, certificate": {[]any{"health", text("61"), "disability_cert", text("42020218980321905143")}, ""},
		"worked at 13":          {[]any{"first_work_date", text("1912-03-20")}, "first_work_date:first_work_age"},
		"worked at 14":          {[]any{"first_work_date", text("1912-03-21")}, ""},
		"level, no certificate": {[]any{"skill_level", text("3")}, "skill_cert:skill_cert"},
		"ability not asked":     {[]any{"labour_ability", change.Null, "job_wish", change.Null, "training_wish", change.Null}, "job_wish:job_wish labour_ability:labour_ability training_wish:training_wish"},
		"a man of 42 is no 050": {[]any{"hardship", set("050")}, "hardship:hardship_man_50"},
		"woman of 40":           {[]any{"hardship", set("050"), "sex", text("2"), "id_number", text("420205189809275088"), "birth_date", text("1898-09-27")}, ""},
		"woman of 33":           {[]any{"hardship", set("050"), "sex", text("2"), "id_number", text("420221190611011907"), "birth_date", text("1906-11-01")}, "hardship:hardship_woman_40"},
		"hardship of disabled":  {[]any{"hardship", set("060")}, "disability_cert:hardship_disability"},
		"jobless, but employed": {[]any{"hardship", set("040")}, "hardship:hardship_jobless"},
		"jobless indeed":        {[]any{"hardship", set("040"), "status", text("9")}, ""},
		"bad reference":         {[]any{"household", text("No Such!")}, "household:ref!"},
		"bad unit":              {[]any{"unit", text("420202")}, "unit:unit!"},
		"unknown field":         {[]any{"shoe_size", change.Int(41)}, ""},
		"bad phone":             {[]any{"phone", text("call me")}, "phone:pattern"},
		"division of 7 digits":  {[]any{"hukou_division", text("4202021")}, "hukou_division:pattern"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rules(k.CheckOn(with(complete(), c.change...), today)); got != c.want {
				t.Errorf("want %q, got %q", c.want, got)
			}
		})
	}
}

func TestCheckHousehold(t *testing.T) {
	k := mustKind(t, mustLoad(t), "household")
	if got := rules(k.Check(nil)); !strings.Contains(got, "head_name:household_named!") || strings.Count(got, "!") != 1 {
		t.Errorf("an empty household: %s", got)
	}
	text := change.Text
	full := map[string]change.Value{
		"form_no": text("4202020010012026000001"), "booklet_no": text("b-1"), "head_name": text("李四"), "head_id_number": text("420202189803219051"),
		"address": text("湖滨路 1 号"), "phone": text("0714-1234567"), "people": change.Int(31), "housing": text("4"),
		"low_income": change.Bool(true), "low_income_amount": change.Int(-1), "surveyor": text("王五"), "survey_date": text("1940-06-16"),
	}
	want := "low_income_amount:range low_income_cert:low_income_cert low_income_since:low_income_since people:range resettled_on:resettled_date survey_date:survey_future survey_date:survey_round"
	if got := rules(k.CheckOn(full, today)); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	if got := rules(k.Check(map[string]change.Value{"address": text("湖滨路")})); strings.Contains(got, "!") {
		t.Errorf("an address is enough to save: %s", got)
	}
}

func TestCheckNotice(t *testing.T) {
	k := mustKind(t, mustLoad(t), "notice")
	got := rules(k.Check(map[string]change.Value{"issued": change.Text("2026-02-01"), "expires": change.Text("2026-01-31")}))
	if want := "body:missing expires:expires_order title:missing!"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestCheckArea(t *testing.T) {
	s, err := mustLoad(t).WithAreas(func(area string) bool { return area == "420205" })
	if err != nil {
		t.Fatal(err)
	}
	if got := rules(mustKind(t, s, "person").CheckOn(complete(), today)); got != "hukou_division:hukou_division id_number:id_area" {
		t.Errorf("got %q", got)
	}
}

func TestRefusal(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	if err := schema.Refusal(k.Check(with(complete(), "education", change.Null))); err != nil {
		t.Errorf("a soft problem refuses: %v", err)
	}
	err := schema.Refusal(k.Check(with(complete(), "id_number", change.Text("420202189803219050"), "sex", change.Text("7"))))
	want := "id_number: the check character of the ID number is wrong (id_number); sex: a code is not in the list (code)"
	if fault.Of(err) != fault.Invalid || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestEveryProblemSpeaksBothLanguages(t *testing.T) {
	for _, k := range mustLoad(t).Kinds() {
		for _, p := range k.Check(nil) {
			if p.Message == "" || p.Zh == "" || p.Message == p.Zh {
				t.Errorf("%s: %+v", k.Name, p)
			}
		}
		for _, c := range k.Checks {
			if c.Message.En == "" {
				t.Errorf("%s: rule %s has no English message", k.Name, c.Rule)
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	k := mustKind(b, mustLoad(b), "person")
	values := complete()
	for b.Loop() {
		k.CheckOn(values, today)
	}
}

// TestWrongDateSaysTheForm: what is not read as a date is told how to write one, a day that
// is not in the calendar is told as such.
func TestWrongDateSaysTheForm(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	for text, want := range map[string]string{"三月三": "写成 2024-03-05 这样", "2024-3": "写成 2024-03-05 这样", "2024-02-30": "日期不存在，请核对年月日", "2024-03-05": ""} {
		person := complete()
		person["contract_from"] = change.Text(text)
		got := ""
		for _, p := range k.CheckOn(person, today) {
			if p.Field == "contract_from" && p.Rule == "date" {
				got = p.Zh
			}
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestHardIsPartOfAll: what the hard checks find is what all of them find and
// call hard, on records with something wrong in any field.
func TestHardIsPartOfAll(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	odd := []change.Value{change.Null, change.Text(""), change.Text("x\x01"), change.Text("99"), change.Text("2025-02-30"), change.Int(7), change.Bool(true),
		change.Set([]string{"none"}), change.Text(strings.Repeat("长", 2000))}
	for _, f := range k.Fields {
		for _, value := range odd {
			values := complete()
			values[f.Name] = value
			var want []schema.Problem
			for _, p := range k.Check(values) {
				if p.Hard {
					want = append(want, p)
				}
			}
			if diff := cmp.Diff(want, k.CheckHard(change.FieldsOf(values))); diff != "" {
				t.Errorf("%s = %s:\n%s", f.Name, value, diff)
			}
		}
	}
}

func BenchmarkCheckHard(b *testing.B) {
	k := mustKind(b, mustLoad(b), "person")
	values := change.FieldsOf(complete())
	b.ReportAllocs()
	for b.Loop() {
		k.CheckHard(values)
	}
}

// TestNumberInText: an ID number in a text is a finding, since no text is masked.
func TestNumberInText(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	for text, want := range map[string]bool{"见 420202189803219051 的户口簿": true, "４２０２０２１８９８０３２１９０５１": true, "电话 13900000000": false, "编号 420202189803219052": false} {
		found := false
		for _, p := range k.Check(map[string]change.Value{"name": change.Text("甲"), "remark": change.Text(text)}) {
			found = found || p.Rule == "id_in_text" && p.Field == "remark" && !p.Hard
		}
		if found != want {
			t.Errorf("%q: found %v, want %v", text, found, want)
		}
	}
}
