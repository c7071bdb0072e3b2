package schema_test

import (
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// TestPrivacy: what a declaration says nothing of is on the safe side.
func TestPrivacy(t *testing.T) {
	s, err := schema.Parse([]byte(`
codes:
  - {name: colour, items: [{code: "1", zh: 红}]}
kinds:
  - name: animal
    label: {zh: 动物}
    writers: [5]
    personal: true
    fields:
      - {name: name, label: {zh: 名}, type: text}
      - {name: clerk, label: {zh: 员}, type: text, personal: false}
      - {name: owner, label: {zh: 主}, type: idnumber, personal: false}
      - {name: chip, label: {zh: 号}, type: text, mask: true, personal: false}
      - {name: mother, label: {zh: 母}, type: ref, ref: animal}
      - {name: born, label: {zh: 生}, type: date}
      - {name: found, label: {zh: 现}, type: date, personal: true}
      - {name: coat, label: {zh: 色}, type: code, codes: colour}
  - name: market
    label: {zh: 市场}
    writers: [5]
    fields:
      - {name: title, label: {zh: 题}, type: text}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		kind, field      string
		personal, masked bool
	}{
		{"animal", "name", true, false}, {"animal", "clerk", false, false}, {"animal", "owner", true, true}, {"animal", "chip", true, true},
		{"animal", "mother", true, false}, {"animal", "born", false, false}, {"animal", "found", true, false}, {"animal", "coat", false, false}, {"market", "title", false, false},
	} {
		k, _ := s.Kind(test.kind)
		f, ok := k.Field(test.field)
		if !ok || f.IsPersonal() != test.personal || f.Mask != test.masked {
			t.Errorf("%s.%s: personal %v, masked %v; want %v, %v", test.kind, test.field, f.IsPersonal(), f.Mask, test.personal, test.masked)
		}
	}
}

// TestPersonalFields holds the fields that tell one person from others.
func TestPersonalFields(t *testing.T) {
	s := mustLoad(t)
	for kind, names := range map[string][]string{
		"person":    {"name", "id_number", "birth_date", "hukou_address", "phone", "disability_cert", "household", "remark", "skill_cert"},
		"household": {"head_name", "head_id_number", "address", "phone", "booklet_no", "form_no", "card_no", "low_income_cert"},
	} {
		k, _ := s.Kind(kind)
		for _, name := range names {
			if f, ok := k.Field(name); !ok || !f.IsPersonal() {
				t.Errorf("%s.%s is not personal", kind, name)
			}
		}
	}
}

func TestAccepts(t *testing.T) {
	k, _ := mustLoad(t).Kind("person")
	for _, test := range []struct {
		field string
		value change.Value
		want  bool
	}{
		{"id_number", change.Text("11010519491231002X"), true}, {"id_number", change.Text("110105194912310020"), false}, {"id_number", change.Text("110105"), false},
		{"birth_date", change.Text("1949-02-30"), false}, {"sex", change.Text("1"), true}, {"sex", change.Text("7"), false}, {"name", change.Int(1), false}, {"name", change.Text("王"), true},
	} {
		if f, _ := k.Field(test.field); f.Accepts(test.value) != test.want {
			t.Errorf("%s %s: want %v", test.field, test.value, test.want)
		}
	}
}
