package schema_test

import (
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// TestFurtherChecks: each verdict of the further checks, on an otherwise complete
// person. The day is 1940-06-15; the person a man born 1898-03-21.
func TestFurtherChecks(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	text, set := change.Text, func(codes ...string) change.Value { return change.Set(codes) }
	woman := []any{"id_number", text("420221190611011907"), "birth_date", text("1906-11-01"), "sex", text("2")} // 33
	for name, c := range map[string]struct {
		change []any
		want   string
	}{
		"area never a code":          {[]any{"id_number", text("99020219000101001X"), "birth_date", text("1900-01-01")}, "id_number:id_area"},
		"sex 9 beside a number":      {[]any{"sex", text("9")}, "sex:id_sex_stated"},
		"sex 0 beside a number":      {[]any{"sex", text("0")}, "sex:id_sex_stated"},
		"sex 9, reason":              {[]any{"sex", text("9"), "mismatch_reason", text("refused")}, ""},
		"sex 9, no number":           {[]any{"sex", text("9"), "id_number", change.Null, "id_reason", text("lost")}, ""},
		"sex and birth empty":        {[]any{"sex", change.Null, "birth_date", change.Null}, ""},
		"050, man of 42, sex empty":  {[]any{"sex", change.Null, "hardship", set("050")}, "hardship:hardship_man_50"},
		"050, woman of 33":           {append(slices.Clone(woman), "hardship", set("050")), "hardship:hardship_woman_40"},
		"050, sex not stated":        {append(slices.Clone(woman), "hardship", set("050"), "sex", text("9")), "hardship:hardship_age_40 sex:id_sex_stated"},
		"050 above working age":      {[]any{"hardship", set("050"), "id_number", text("440524188001010014"), "birth_date", text("1880-01-01")}, "hardship:hardship_man_60"},
		"employed at 15":             {[]any{"id_number", change.Null, "id_reason", text("lost"), "birth_date", text("1925-01-01")}, "status:work_age"},
		"working away at 15":         {[]any{"status", text("11"), "id_number", change.Null, "id_reason", text("lost"), "birth_date", text("1925-01-01")}, "status:work_age"},
		"employed at 16":             {[]any{"id_number", change.Null, "id_reason", text("lost"), "birth_date", text("1924-06-15")}, ""},
		"retired at 42":              {[]any{"status", text("2")}, "status:retired_age"},
		"a man is a wife":            {[]any{"relation", text("12")}, "relation:relation_female"},
		"a man is an eldest girl":    {[]any{"relation", text("32")}, "relation:relation_female"},
		"a man is a son":             {[]any{"relation", text("22")}, ""},
		"a woman is a husband":       {append(slices.Clone(woman), "relation", text("11")), "relation:relation_male"},
		"a woman is a son-in-law":    {append(slices.Clone(woman), "relation", text("28")), "relation:relation_male"},
		"a man is a daughter-in-law": {[]any{"relation", text("38"), "sex", change.Null}, "relation:relation_female"},
		"a spouse of either sex":     {[]any{"relation", text("10")}, ""},
		"first work tomorrow":        {[]any{"first_work_date", text("1940-06-16")}, "first_work_date:first_work_future"},
		"certificate of another":     {[]any{"disability_cert", text("42020518980927508843")}, "disability_cert:disability_number"},
		"certificate, lower case":    {[]any{"id_number", text("42020318970403033X"), "birth_date", text("1897-04-03"), "disability_cert", text("42020318970403033x43")}, ""},
		"hukou never a division":     {[]any{"hukou_division", text("990202001001")}, "hukou_division:hukou_division"},
		"hukou abolished long ago":   {[]any{"hukou_division", text("422123")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			values := with(complete(), c.change...)
			if got := rules(k.CheckOn(values, today)); got != c.want {
				t.Errorf("want %q, got %q", c.want, got)
			}
		})
	}
}

// TestBornTomorrow: hard also when the birth field is empty, where the day is known.
func TestBornTomorrow(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	values := with(complete(), "id_number", change.Text("420205190402290014"), "birth_date", change.Null, "first_work_date", change.Null)
	if got := rulesOn(k, values, "1904-02-28", "id_number"); got != "id_number:id_birth_future!" {
		t.Errorf("got %q", got)
	}
	if got := rulesOn(k, values, "1904-02-29", "id_number"); got != "" {
		t.Errorf("got %q", got)
	}
	if got := k.CheckHard(change.FieldsOf(values)); len(got) > 0 {
		t.Errorf("without a day: %s", rules(got))
	}
}

func rulesOn(k *schema.Kind, values map[string]change.Value, day, field string) string {
	return rules(slices.DeleteFunc(k.CheckOn(values, day), func(p schema.Problem) bool { return p.Field != field }))
}

// TestExplained: a reason does not hide a difference.
func TestExplained(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	values := with(complete(), "sex", change.Text("2"), "mismatch_reason", change.Text("old entry"))
	if got := rules(k.CheckOn(values, today)); got != "" {
		t.Errorf("warned of %s", got)
	}
	all := k.Findings(schema.Subject{Values: values, Today: today})
	if rules(all) != "sex:id_sex" || !all[0].Explained {
		t.Errorf("listed are %+v", all)
	}
	all = k.Findings(schema.Subject{Values: with(complete(), "id_number", change.Null, "id_reason", change.Text("lost")), Today: today})
	if rules(all) != "id_number:id_or_reason" || !all[0].Explained {
		t.Errorf("listed are %+v", all)
	}
}

// TestMissing: what a number says of a person is taken from it, unless it is one a
// spreadsheet may have cut.
func TestMissing(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	text := change.Text
	for number, want := range map[string][2]change.Value{
		"420205189809275088": {text("2"), text("1898-09-27")},
		"42020318970403033X": {text("1"), text("1897-04-03")},
		"420202300304050":    {text("2"), text("1930-03-04")},
		"420202200101159":    {"", ""},
		"42020518980927508":  {"", ""},
	} {
		got := k.Missing(map[string]change.Value{"id_number": text(number)})
		if got["sex"] != want[0] || got["birth_date"] != want[1] {
			t.Errorf("%s: %v", number, got)
		}
	}
	if got := k.Missing(complete()); got != nil {
		t.Errorf("nothing is missing, and yet %v", got)
	}
	if got := k.Missing(map[string]change.Value{"id_number": text("420205189809275088"), "sex": text("9")}); got["sex"] != "" || got["birth_date"] == "" {
		t.Errorf("what is entered is changed: %v", got)
	}
}

// TestHouseholdChecks: allowance and round.
func TestHouseholdChecks(t *testing.T) {
	k := mustKind(t, mustLoad(t), "household")
	text := change.Text
	for name, c := range map[string]struct {
		values map[string]change.Value
		field  string
		want   string
	}{
		"allowance, nothing else": {map[string]change.Value{"low_income": change.Bool(true)}, "low_income", "low_income_amount:low_income_amount low_income_cert:low_income_cert low_income_since:low_income_since"},
		"allowance, all":          {map[string]change.Value{"low_income": change.Bool(true), "low_income_cert": text("D1"), "low_income_amount": change.Int(1), "low_income_since": text("2020-01-01")}, "low_income", ""},
		"none, with an amount":    {map[string]change.Value{"low_income": change.Bool(false), "low_income_amount": change.Int(1)}, "low_income", "low_income:low_income_no"},
		"none":                    {map[string]change.Value{"low_income": change.Bool(false)}, "low_income", ""},
		"survey before the round": {map[string]change.Value{"form_no": text("4202020070052026000001"), "survey_date": text("2025-12-31")}, "survey_date", "survey_date:survey_round"},
		"survey in the round":     {map[string]change.Value{"form_no": text("4202020070052026000001"), "survey_date": text("2026-01-01")}, "survey_date", ""},
	} {
		var found []schema.Problem
		for _, p := range k.CheckOn(c.values, "2026-11-29") {
			if len(p.Field) >= len(c.field) && p.Field[:len(c.field)] == c.field && p.Rule != "missing" {
				found = append(found, p)
			}
		}
		if got := rules(found); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
