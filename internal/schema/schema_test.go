package schema_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

func mustLoad(t testing.TB) *schema.Schema {
	t.Helper()
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustKind(t testing.TB, s *schema.Schema, name string) *schema.Kind {
	t.Helper()
	k, ok := s.Kind(name)
	if !ok {
		t.Fatalf("no kind %s", name)
	}
	return k
}

func TestLoad(t *testing.T) {
	s := mustLoad(t)
	var names, derived []string
	for _, k := range s.Kinds() {
		for _, f := range k.Fields {
			if f.Label.In("en") == f.Label.In("zh") || len(f.Name) > change.MaxField {
				t.Errorf("%s.%s: labels or name are wrong", k.Name, f.Name)
			}
		}
		switch k.Sort {
		case schema.Event: // TestEvents has them
			continue
		case schema.Derived:
			derived = append(derived, k.Name)
			continue
		}
		names = append(names, k.Name)
		for _, field := range []string{"unit", "valid", "AAE100"} {
			if _, ok := k.Field(field); !ok {
				t.Errorf("%s has no field %s", k.Name, field)
			}
		}
	}
	want := strings.Fields("household person campaign notice employer vacancy public_post training_institution training_project training_class business labour_partner " +
		"pairing help_plan layoff_notice certificate loan unit division device refusal custody released audit_head arrived digest network publication device_state hub_address program " +
		"station staff money target rule_pack holiday_table award assessment_sheet archive_volume complaint complaint_state inspection correction_request transfer_offer transfer transfer_answer")
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	want = strings.Fields("person_facts household_facts ledger_unemployed ledger_vacancy ledger_seeking ledger_training ledger_insurance " +
		"register_hardship register_reemployed register_newly_employed register_retired register_graduate register_employer register_matter case task register_layoff achievement census_form")
	if diff := cmp.Diff(want, derived); diff != "" {
		t.Error(diff)
	}
}

func TestWriters(t *testing.T) {
	s := mustLoad(t)
	want := map[string]string{"household": "5", "person": "5", "notice": "234", "unit": "2", "division": "2", "device": "2", "audit_head": "2345", "arrived": "2", "digest": "2345", "refusal": "2", "custody": "2", "released": "2345", "network": "2", "publication": "2", "device_state": "2345", "hub_address": "234", "program": "2",
		"employer": "2345", "vacancy": "2345", "public_post": "2345", "training_institution": "23", "training_project": "23", "training_class": "23",
		"business": "45", "labour_partner": "2345", "pairing": "2345", "help_plan": "2345", "campaign": "234", "certificate": "5", "loan": "45",
		"station": "2345", "staff": "2345", "money": "2345", "target": "2", "rule_pack": "23", "holiday_table": "2", "award": "23", "assessment_sheet": "23", "archive_volume": "2345", "complaint": "234", "complaint_state": "234", "inspection": "234", "correction_request": "234", "transfer_offer": "5", "transfer": "2", "transfer_answer": "5",
		"layoff_notice": "234"}
	got := map[string]string{}
	for _, k := range s.Kinds() {
		for _, level := range k.Writers {
			if k.Sort == schema.Event {
				continue
			}
			got[k.Name] += strconv.Itoa(level)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFieldByAlias(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	for _, name := range []string{"name", "aac003", "AAC003", "姓名", " ＡＡＣ００３ "} {
		if f, ok := k.Field(name); !ok || f.Name != "name" {
			t.Errorf("%q: want name, got %v", name, f)
		}
	}
	if _, ok := k.Field("aab001"); ok {
		t.Error("aab001 is no field of a person")
	}
}

func TestCodeList(t *testing.T) {
	s := mustLoad(t)
	l, ok := s.List("health")
	if !ok {
		t.Fatal("no list")
	}
	for _, text := range []string{"61", "视力残疾", "Sight"} {
		if code, ok := l.Find(text); !ok || code != "61" {
			t.Errorf("find %q: got %q", text, code)
		}
	}
	if !l.Within("61", "6") || l.Within("6", "61") || l.Within("1", "6") || l.Within("77", "6") {
		t.Error("within is wrong")
	}
	if _, ok := l.Find("很好"); ok {
		t.Error("found what is not there")
	}
}

// addition is what a city publishes: a question more, a list, a kind.
const addition = `
codes:
  - name: pet
    standard: project
    label: {zh: 宠物, en: pet}
    items:
      - {code: "1", zh: 猫, en: cat}
  - name: housing
    extends: true
    items:
      - {code: "6", zh: 船屋, en: house boat}
kinds:
  - name: household
    extends: true
    fields:
      - {name: pet, label: {zh: 宠物, en: pet}, type: codes, codes: pet, must: soft}
    checks:
      - rule: pet_boat
        test: present
        field: pet
        when: [{field: housing, in: ["6"]}]
        strength: soft
        message: {zh: 船屋应填宠物, en: a house boat needs a pet}
  - name: pet_register
    label: {zh: 宠物登记, en: register of pets}
    writers: [5]
    personal: true
    fields:
      - {name: person, label: {zh: 人员, en: person}, type: ref, ref: person, must: hard, index: true}
      - {name: subsidy, code: bhc463, label: {zh: 培训补贴, en: subsidy}, type: money}
`

func TestExtend(t *testing.T) {
	s := mustLoad(t)
	before := s.Fingerprint()
	more, err := s.Extend([]byte(addition))
	if err != nil {
		t.Fatal(err)
	}
	if before != s.Fingerprint() || before == more.Fingerprint() {
		t.Error("the old schema must stay and the new one differ")
	}
	if f, ok := mustKind(t, more, "household").Field("宠物"); !ok || f.List() == nil {
		t.Error("the new question is not there")
	}
	if f, ok := mustKind(t, more, "pet_register").Field("AAE100"); !ok || f.Name != "valid" {
		t.Error("a new kind lacks the common fields")
	}
	if _, ok := mustKind(t, s, "household").Field("pet"); ok {
		t.Error("the old schema has changed")
	}
	l, _ := more.List("housing")
	if item, ok := l.Item("6"); !ok || item.Label().In("en") != "house boat" {
		t.Error("the new item is not there")
	}
	problems := mustKind(t, more, "household").Check(map[string]change.Value{"address": change.Text("湖滨路"), "housing": change.Text("6")})
	if !strings.Contains(rules(problems), "pet_boat") {
		t.Errorf("the new rule is silent: %s", rules(problems))
	}
}

func TestParseRefusesContradictions(t *testing.T) {
	kind := func(rest string) string {
		return "kinds:\n  - name: a\n    label: {zh: 甲}\n    writers: [5]\n" + rest
	}
	field := func(rest string) string {
		return kind("    fields:\n      - {name: f, label: {zh: 乙}, " + rest + "}\n")
	}
	check := func(rest string) string {
		return field("type: date") + "    checks:\n      - {rule: r, strength: soft, message: {zh: 丙}, " + rest + "}\n"
	}
	docs := map[string]string{
		"unknown key":            "kindz: []",
		"unknown key of a field": field("type: text, colour: red"),
		"duplicate key":          field("type: text, type: text"),
		"not yaml":               "kinds: [",
		"a null kind":            "kinds: [null]",
		"a null field":           kind("    fields: [null]\n"),
		"a null list":            "codes: [null]",
		"a null common field":    "common: [null]",
		"an anchor":              "kinds: &a []",
		"no fields":              kind(""),
		"no type":                field("must: soft"),
		"unknown type":           field("type: colour"),
		"unknown strength":       field("type: text, must: iron"),
		"code without list":      field("type: code"),
		"unknown list":           field("type: code, codes: nothing"),
		"ref to nothing":         field("type: ref, ref: nothing"),
		"reserved name":          kind("    fields:\n      - {name: city, label: {zh: 市}, type: text}\n"),
		"name of the version":    kind("    fields:\n      - {name: version, label: {zh: 版本}, type: text}\n"),
		"label taken":            kind("    fields:\n      - {name: f, label: {zh: 乙}, type: text}\n      - {name: g, label: {zh: 乙}, type: text}\n"),
		"bad pattern":            field("type: text, pattern: '('"),
		"range of a text":        field("type: text, min: 1"),
		"kind twice":             field("type: text") + strings.TrimPrefix(field("type: text"), "kinds:\n"),
		"extends nothing":        "kinds:\n  - {name: z, extends: true}\n",
		"unknown test":           check("test: magic, field: f"),
		"check on nothing":       check("test: present, field: g"),
		"check without other":    check("test: not_before, field: f"),
		"condition on nothing":   check("test: present, field: f, when: [{field: g, present: true}]"),
		"most of texts":          check("test: at_most, field: f, other: f"),
		"below of a date":        check("test: present, field: f, when: [{field: f, below: 3}]"),
		"empty condition":        check("test: present, field: f, when: [{field: f}]"),
		"codes of a date":        check(`test: present, field: f, when: [{field: f, in: ["1"]}]`),
		"item twice":             `codes: [{name: l, label: {zh: 丁}, items: [{code: "1", zh: 一}, {code: "1", zh: 二}]}]`,
		"item below nothing":     `codes: [{name: l, label: {zh: 丁}, items: [{code: "1", zh: 一, parent: "2"}]}]`,
		"deep brackets":          strings.Repeat("[", 100_000),
		"deep maps":              strings.Repeat("{a: ", 50_000),
		"deep lists":             strings.Repeat("- ", 100_000),
		"too long":               strings.Repeat("#", 300<<10),
	}
	for name, doc := range docs {
		t.Run(name, func(t *testing.T) {
			if _, err := schema.Parse([]byte(doc)); fault.Of(err) != fault.Invalid {
				t.Errorf("want invalid, got %v", err)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("want one line, got %q", err)
			}
		})
	}
	if _, err := schema.Parse([]byte(check("test: present, field: f"))); err != nil {
		t.Errorf("the scaffold itself is wrong: %v", err)
	}
}

func TestExtendRefusesWhatBreaksOldRecords(t *testing.T) {
	s := mustLoad(t)
	docs := map[string]string{
		"listed by none": "kinds: [{name: person, extends: true, fields: [{name: f, label: {zh: 乙}, type: code, codes: sex, index: true, listed_by: nothing}]}]",
		"listed by code": "kinds: [{name: person, extends: true, fields: [{name: f, label: {zh: 乙}, type: code, codes: sex, index: true, listed_by: sex}]}]",
		"listed, a text": "kinds: [{name: person, extends: true, fields: [{name: f, label: {zh: 乙}, type: text, index: true, listed_by: name}]}]",
		"no index, list": "kinds: [{name: person, extends: true, fields: [{name: f, label: {zh: 乙}, type: code, codes: sex, listed_by: name}]}]",
		"hard field":     "kinds: [{name: person, extends: true, fields: [{name: f, label: {zh: 乙}, type: text, must: hard}]}]",
		"field again":    "kinds: [{name: person, extends: true, fields: [{name: sex, label: {zh: 乙}, type: text}]}]",
		"other writers":  "kinds: [{name: person, extends: true, writers: [2]}]",
		"kind again":     "kinds: [{name: person, label: {zh: 丙}, writers: [2]}]",
		"list again":     `codes: [{name: sex, label: {zh: 丁}, items: [{code: "1", zh: 一}]}]`,
		"item again":     `codes: [{name: sex, extends: true, items: [{code: "1", zh: 一}]}]`,
		"no such a list": `codes: [{name: nothing, extends: true, items: [{code: "1", zh: 一}]}]`,
	}
	for name, doc := range docs {
		if _, err := s.Extend([]byte(doc)); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: want invalid, got %v", name, err)
		}
	}
}

// BenchmarkLoad is what each start of the program pays.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := schema.LoadAgain(); err != nil {
			b.Fatal(err)
		}
	}
}
