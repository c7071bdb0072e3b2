package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// pets is what a city publishes: a list, a code more, a question with a rule, a kind.
const pets = `group: {zh: 市级补充, en: of the city}
codes:
  - name: x.pet
    standard: project
    label: {zh: 宠物种类, en: sort of pet}
    items:
      - {code: "1", zh: 猫, en: cat}
      - {code: "2", zh: 狗, en: dog}
  - name: housing
    extends: true
    items:
      - {code: "6", zh: 船屋, en: house boat}
kinds:
  - name: household
    extends: true
    sections:
      - {name: x.pets, label: {zh: 宠物情况, en: pets}}
    fields:
      - {name: x.pet, label: {zh: 宠物, en: pet}, type: codes, codes: x.pet, must: soft, section: x.pets, after: phone}
      - {name: x.vet, label: {zh: 兽医, en: vet}, type: text, person_name: true, index: true}
      - {name: phone, label: {zh: 手机号码, en: mobile phone}}
    checks:
      - rule: x.pet_boat
        test: present
        field: x.pet
        when: [{field: housing, in: ["6"]}]
        strength: soft
        message: {zh: 船屋应填宠物, en: a house boat needs a pet}
  - name: x.walk
    label: {zh: 遛狗登记, en: walk}
    writers: [5]
    personal: true
    fields:
      - {name: x.who, label: {zh: 遛狗人, en: who}, type: ref, ref: person, index: true}
`

func mustPublish(t *testing.T, s *schema.Schema, number uint64, doc string) *schema.Schema {
	t.Helper()
	next, _, problems := s.Publish(number, []byte(doc))
	if problems != nil {
		t.Fatalf("publication %d: %+v", number, problems)
	}
	return next
}

// TestPublish: what is published is there, by the same words as what the program has.
func TestPublish(t *testing.T) {
	s := mustLoad(t)
	next, adds, problems := s.Publish(1, []byte(pets))
	if problems != nil {
		t.Fatal(problems)
	}
	want := []string{"x.pet", "housing:6", "household.x.pets", "household.x.pet", "household.x.vet", "household.phone", "household.x.pet_boat", "x.walk"}
	if !slices.Equal(adds, want) || next.Version() != 1 || s.Version() != 0 {
		t.Errorf("adds: got %q, want %q; version %d", adds, want, next.Version())
	}
	k := mustKind(t, next, "household")
	f, ok := k.Field("宠物")
	if !ok || f.Name != "x.pet" || f.Published != 1 || f.List() == nil || f.Section != "x.pets" {
		t.Errorf("the question is not there as it was published: %+v", f)
	}
	at := slices.IndexFunc(k.Fields, func(f *schema.Field) bool { return f.Name == "phone" })
	if k.Fields[at+1].Name != "x.pet" {
		t.Errorf("behind phone stands %s", k.Fields[at+1].Name)
	}
	for _, label := range []string{"联系电话", "手机号码"} {
		if f, ok := k.Field(label); !ok || f.Name != "phone" || f.Label.Zh != "手机号码" {
			t.Errorf("the field is not called %s", label)
		}
	}
	found := k.Check(map[string]change.Value{"address": change.Text("湖滨路"), "housing": change.Text("6")})
	if !strings.Contains(rules(found), "x.pet_boat") {
		t.Errorf("the rule is silent: %s", rules(found))
	}
	if _, ok := mustKind(t, s, "household").Field("x.pet"); ok {
		t.Error("the schema of before has changed")
	}
	if walk, ok := next.Kind("x.walk"); !ok || walk.Published != 1 {
		t.Error("the kind is not there")
	}
}

func household(rest string) string { return "kinds:\n  - name: household\n    extends: true\n" + rest }

func question(rest string) string {
	return household("    fields:\n      - name: x.q\n        label: {zh: 问题}\n        type: text\n" + rest)
}

func rule(rest string) string {
	return household("    checks:\n      - rule: x.r\n        test: present\n        field: phone\n        message: {zh: 丙}\n" + rest)
}

// TestNothingElseIsPublished: each thing that may not be published is refused by its
// rule, with its line.
func TestNothingElseIsPublished(t *testing.T) {
	s := mustPublish(t, mustLoad(t), 1, pets)
	for name, c := range map[string]struct {
		doc  string
		rule string
		line int
	}{
		"not yaml":                {"kinds: [", "document", 1},
		"unknown key":             {"codes: []\nkindz: []\n", "document", 2},
		"unknown key of a field":  {question("        colour: red\n"), "document", 8},
		"nothing":                 {"# nothing\n", "empty", 1},
		"common fields":           {"common:\n  - {name: x.q, label: {zh: 问}, type: text}\n", "common", 2},
		"name of a field":         {household("    fields:\n      - {name: q, label: {zh: 问}, type: text}\n"), "name", 5},
		"name too long":           {household("    fields:\n      - {name: x." + strings.Repeat("q", 30) + ", label: {zh: 问}, type: text}\n"), "name", 5},
		"name of a kind":          {"kinds:\n  - name: parade\n    label: {zh: 访}\n    writers: [5]\n    fields:\n      - {name: x.q, label: {zh: 问}, type: text}\n", "name", 2},
		"name of a list":          {"codes:\n  - name: pet\n    label: {zh: 丁}\n    items: [{code: \"1\", zh: 一}]\n", "name", 2},
		"name of a rule":          {household("    checks:\n      - rule: r\n        test: present\n        field: phone\n        strength: soft\n        message: {zh: 丙}\n"), "name", 5},
		"name of a section":       {household("    sections:\n      - {name: s, label: {zh: 段}}\n"), "name", 5},
		"hard field":              {question("        must: hard\n"), "hard", 8},
		"field of entry":          {question("        must: entry\n"), "hard", 8},
		"hard check":              {rule("        strength: hard\n"), "hard", 9},
		"check of entry":          {rule("        strength: entry\n"), "hard", 9},
		"hard field of a kind":    {"kinds:\n  - name: x.a\n    label: {zh: 甲}\n    writers: [5]\n    fields:\n      - {name: x.q, label: {zh: 问}, type: text, must: hard}\n", "hard", 6},
		"another type":            {household("    fields:\n      - name: phone\n        type: integer\n"), "type", 6},
		"another list":            {household("    fields:\n      - name: housing\n        codes: sex\n"), "type", 6},
		"less masking":            {household("    fields:\n      - name: head_id_number\n        mask: false\n"), "mask", 6},
		"less personal":           {household("    fields:\n      - name: phone\n        personal: false\n"), "mask", 6},
		"not of persons":          {household("    personal: false\n    fields:\n      - {name: x.q, label: {zh: 问}, type: text}\n"), "mask", 4},
		"untold":                  {question("        personal: false\n"), "mask", 8},
		"other writers":           {household("    writers: [2]\n"), "writers", 4},
		"writers of a code":       {"codes:\n  - name: housing\n    extends: true\n    items:\n      - {code: \"8\", zh: 船屋, writers: [3]}\n", "writers", 5},
		"a birth":                 {household("    born: survey_date\n"), "declared", 4},
		"birth of a kind":         {"kinds:\n  - name: x.a\n    label: {zh: 甲}\n    writers: [5]\n    born: x.q\n    fields:\n      - {name: x.q, label: {zh: 问}, type: date}\n", "system", 5},
		"label of a kind":         {household("    label: {zh: 家}\n"), "declared", 4},
		"pattern of a field":      {household("    fields:\n      - name: phone\n        pattern: 'x'\n"), "declared", 5},
		"asked for":               {household("    fields:\n      - name: remark\n        must: soft\n"), "declared", 5},
		"of the program":          {"kinds:\n  - name: unit\n    extends: true\n    fields:\n      - {name: x.q, label: {zh: 问}, type: text}\n", "system", 2},
		"kind of the program":     {"kinds:\n  - name: x.a\n    label: {zh: 甲}\n    writers: [5]\n    system: true\n    fields:\n      - {name: x.q, label: {zh: 问}, type: text}\n", "system", 5},
		"an event":                {"kinds:\n  - name: x.a\n    label: {zh: 甲}\n    writers: [5]\n    sort: event\n    fields:\n      - {name: x.q, label: {zh: 问}, type: text}\n", "system", 5},
		"set by the program":      {question("        read_only: true\n"), "system", 8},
		"copied":                  {question("        copies: [head_name]\n"), "system", 8},
		"taken from a number":     {question("        from_id: head_id_number\n"), "system", 8},
		"listed by":               {question("        listed_by: phone\n"), "system", 8},
		"a field again":           {household("    fields:\n      - {name: x.vet, label: {zh: 兽医师}, type: text}\n"), "declared", 5},
		"a kind again":            {"kinds:\n  - name: x.walk\n    label: {zh: 甲}\n    writers: [5]\n    fields:\n      - {name: x.q, label: {zh: 问}, type: text}\n", "taken", 2},
		"a list again":            {"codes:\n  - name: x.pet\n    label: {zh: 丁}\n    items: [{code: \"1\", zh: 一}]\n", "taken", 2},
		"a code again":            {"codes:\n  - name: housing\n    extends: true\n    items:\n      - {code: \"1\", zh: 一}\n", "taken", 5},
		"a name of a code":        {"codes:\n  - name: housing\n    extends: true\n    items:\n      - {code: \"7\", zh: 船屋}\n", "taken", 2},
		"a label again":           {household("    fields:\n      - {name: x.q, label: {zh: 备注}, type: text}\n"), "taken", 5},
		"a standard code again":   {question("        code: aae005\n"), "taken", 5},
		"the list of its rules":   {"codes:\n  - name: x.a_rules\n    label: {zh: 丁}\n    items: [{code: \"1\", zh: 一}]\nkinds:\n  - name: x.a\n    label: {zh: 甲}\n    writers: [5]\n    fields:\n      - {name: x.q, label: {zh: 问}, type: text}\n", "taken", 6},
		"no such kind":            {"kinds:\n  - name: x.none\n    extends: true\n", "unknown", 2},
		"no such list":            {"codes:\n  - name: x.none\n    extends: true\n    items: [{code: \"1\", zh: 一}]\n", "unknown", 2},
		"rules of a kind":         {"codes:\n  - name: household_rules\n    extends: true\n    items: [{code: \"1\", zh: 一}]\n", "unknown", 2},
		"a bad pattern":           {question("        pattern: '('\n"), "declaration", 5},
		"no such field to follow": {question("        after: nothing\n"), "declaration", 5},
		"no such section":         {question("        section: x.none\n"), "declaration", 5},
		"a rule about nothing":    {household("    checks:\n      - {rule: x.r, test: present, field: nothing, strength: soft, message: {zh: 丙}}\n"), "declaration", 5},
		"a kind without label":    {"kinds:\n  - name: x.a\n    writers: [5]\n    fields:\n      - {name: x.q, label: {zh: 问}, type: text}\n", "declaration", 2},
		"too long":                {strings.Repeat("#", 50_000), "document", 0},
	} {
		t.Run(name, func(t *testing.T) {
			next, adds, problems := s.Publish(2, []byte(c.doc))
			if next != nil || adds != nil || len(problems) == 0 {
				t.Fatalf("it was published: %q", adds)
			}
			if !slices.ContainsFunc(problems, func(o schema.Objection) bool { return o.Rule == c.rule && o.Line == c.line }) {
				t.Errorf("got %+v, want %s in line %d", problems, c.rule, c.line)
			}
			for _, o := range problems {
				if o.Message == "" || strings.Contains(o.Message, "\n") {
					t.Errorf("want one line, got %q", o.Message)
				}
			}
		})
	}
	for name, doc := range map[string]string{"a question": question(""), "a rule": rule("        strength: soft\n")} {
		if _, _, problems := s.Publish(2, []byte(doc)); problems != nil {
			t.Errorf("%s: the scaffold itself is wrong: %+v", name, problems)
		}
	}
}

// TestAllProblemsAtOnce: who publishes is told of all that is wrong.
func TestAllProblemsAtOnce(t *testing.T) {
	_, _, problems := mustLoad(t).Publish(1, []byte(household("    writers: [2]\n    fields:\n      - {name: q, label: {zh: 问}, type: text, must: hard}\n")))
	var got []string
	for _, o := range problems {
		got = append(got, fmt.Sprint(o.Line, o.Rule))
	}
	if want := []string{"4writers", "6name", "6hard"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWithdraw: what is withdrawn stays right and is no longer asked for.
func TestWithdraw(t *testing.T) {
	s := mustPublish(t, mustLoad(t), 1, pets)
	var err error
	for i, name := range []string{"household.x.pet", "housing:6", "x.walk"} {
		if s, err = s.Withdraw(uint64(i+2), name); err != nil {
			t.Fatal(err)
		}
		if !s.IsWithdrawn(name) {
			t.Errorf("%s is offered still", name)
		}
	}
	k := mustKind(t, s, "household")
	if f, _ := k.Field("宠物"); !f.Withdrawn || !f.Accepts(change.Set([]string{"1"})) {
		t.Errorf("got %+v", f)
	}
	values := map[string]change.Value{"address": change.Text("湖滨路"), "housing": change.Text("6")}
	if found := rules(k.Check(values)); strings.Contains(found, "x.pet") || strings.Contains(found, "code") {
		t.Errorf("it is asked for still: %s", found)
	}
	for _, name := range []string{"household.phone", "household", "housing:1", "x.none", "household.x.none", "nothing:1", "", ".x.", "household.x.pet_boat"} {
		if _, err := s.Withdraw(9, name); fault.Of(err) != fault.NotFound {
			t.Errorf("%q: got %v", name, err)
		}
	}
	if s.Version() != 4 {
		t.Errorf("version %d", s.Version())
	}
}

// TestHear: the schema is that of what was heard, whatever its order; what may not be
// published is left out and hinders nothing.
func TestHear(t *testing.T) {
	base := mustLoad(t)
	all := []schema.Publication{
		{Number: 1, ID: "a", Document: []byte(pets)},
		{Number: 2, ID: "b", Document: []byte(question("        must: hard\n"))},
		{Number: 3, ID: "c", Withdraws: "household.x.pet"},
		{Number: 3, ID: "d", Withdraws: "household.x.none"},
		{Number: 0, ID: "e", Document: []byte("kinds:\n  - name: parade\n    label: {zh: 访}\n    writers: [5]\n    fields:\n      - {name: x, label: {zh: 问}, type: text, must: hard}\n")},
		{Number: 4, ID: "f", Document: []byte(question(""))},
	}
	want, heard := base.Hear(all)
	var left []string
	for _, h := range heard {
		if h.Problems != nil {
			left = append(left, h.ID)
		}
	}
	if !slices.Equal(left, []string{"e", "b", "d"}) || want.Version() != 4 {
		t.Errorf("left out %q, version %d", left, want.Version())
	}
	slices.Reverse(all)
	got, _ := base.Hear(all)
	if got.Fingerprint() != want.Fingerprint() {
		t.Error("another order makes another schema")
	}
	if f, ok := mustKind(t, got, "household").Field("x.q"); !ok || f.Published != 4 {
		t.Error("what came after is not there")
	}
	if f, _ := mustKind(t, got, "household").Field("x.pet"); !f.Withdrawn {
		t.Error("what was withdrawn is offered")
	}
}

// TestUpgradeTakesNames: a later program that has what was published before goes
// first, and nothing that was published becomes invalid.
func TestUpgradeTakesNames(t *testing.T) {
	later, err := mustLoad(t).Extend([]byte(`
codes:
  - name: housing
    extends: true
    items: [{code: "6", zh: 船屋, en: boat}]
  - name: housing
    extends: true
    items: [{code: "8", zh: 猫, en: tree house}]
kinds:
  - name: household
    extends: true
    fields: [{name: pet, label: {zh: 宠物, en: pet}, type: text, print: 90}]
`))
	if err != nil {
		t.Fatal(err)
	}
	s, heard := later.Hear([]schema.Publication{{Number: 1, ID: "a", Document: []byte(strings.Replace(pets, "after: phone}", "after: gone, print: 90}", 1))}})
	if heard[0].Problems != nil {
		t.Fatal(heard[0].Problems)
	}
	k := mustKind(t, s, "household")
	if f, _ := k.Field("宠物"); f.Name != "pet" || f.Print != 90 {
		t.Errorf("the label is that of %s", f.Name)
	}
	if f, ok := k.Field("x.pet"); !ok || f.Label.Zh != "宠物" || f.Print != 0 {
		t.Errorf("got %+v", f)
	}
	l, _ := s.List("housing")
	if item, _ := l.Item("6"); item.Published != 0 || item.En != "boat" {
		t.Errorf("got %+v", item)
	}
}

// TestHearsManySoon: as many publications as there may be are heard in the time that a
// start may take.
func TestHearsManySoon(t *testing.T) {
	base := mustLoad(t)
	var all []schema.Publication
	for i := range schema.MaxPublications + 1 {
		doc := strings.ReplaceAll(question(""), "x.q", fmt.Sprintf("x.q%d", i))
		if i >= 100 { // a kind has 256 fields at most
			doc = fmt.Sprintf("codes:\n  - {name: x.l%d, label: {zh: 丁}, standard: project, items: [{code: \"1\", zh: 一}]}\n", i)
		}
		all = append(all, schema.Publication{Number: uint64(i + 1), ID: "a", Document: []byte(strings.ReplaceAll(doc, "问题", fmt.Sprintf("问题%d", i)))})
	}
	start := time.Now()
	s, heard := base.Hear(all)
	t.Log(time.Since(start))
	if _, ok := mustKind(t, s, "household").Field("x.q99"); !ok || heard[schema.MaxPublications].Problems == nil || heard[schema.MaxPublications-1].Problems != nil {
		t.Errorf("got %+v", heard[len(heard)-2:])
	}
	if schema.HasRoom(heard[:schema.MaxPublications-1], nil) != nil || schema.HasRoom(heard[:schema.MaxPublications], nil) == nil {
		t.Error("the city may publish what nobody hears, or not what all do")
	}
	long := []byte(strings.Repeat("#", 40_000))
	_, heard = base.Hear(slices.Repeat([]schema.Publication{{Number: 1, ID: "a", Document: long}}, 60))
	if heard[51].Problems[0].Rule != "empty" || heard[59].Problems[0].Rule != "many" || schema.HasRoom(heard[:52], long) == nil {
		t.Errorf("got %+v", heard[50:])
	}
}

// TestPublishedPersons: a published kind that tells of persons is personal, whatever it
// says: so it is masked, and looking it up is logged.
func TestPublishedPersons(t *testing.T) {
	const kind = "kinds:\n  - name: x.k\n    label: {zh: 卡}\n    writers: [5]\n    fields:\n      - {name: x.f, label: {zh: 项}, %s}\n"
	for field, want := range map[string]bool{"type: idnumber": true, "type: ref, ref: person": true, "type: text, person_name: true": true, "type: text": false, "type: ref, ref: notice": false} {
		s, _, problems := mustLoad(t).Publish(1, fmt.Appendf(nil, kind, field))
		if problems != nil {
			t.Fatal(problems)
		}
		if k := mustKind(t, s, "x.k"); k.Personal != want {
			t.Errorf("%s: personal %v, want %v", field, k.Personal, want)
		}
	}
}
