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

func mustPublished(t *testing.T) *schema.Kind {
	t.Helper()
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, _, problems := s.Publish(1, []byte(`
codes:
  - name: x.pet
    standard: project
    label: {zh: 宠物种类}
    items: [{code: "1", zh: 猫}, {code: "2", zh: 狗}]
kinds:
  - name: household
    extends: true
    fields:
      - {name: x.pet, label: {zh: 宠物}, type: code, codes: x.pet}
      - {name: x.pets, label: {zh: 宠物们}, type: codes, codes: x.pet}
      - {name: x.tame, label: {zh: 驯服}, type: boolean}
      - {name: x.vet, label: {zh: 兽医}, type: text}
      - {name: x.fee_2, label: {zh: 费用}, type: integer}
`))
	if problems != nil {
		t.Fatal(problems)
	}
	k, _ := s.Kind("household")
	return k
}

// TestPublishedNames: the names that a city has published are names, wherever one may
// stand, and values with dots stay what they are.
func TestPublishedNames(t *testing.T) {
	k := mustPublished(t)
	values := map[string]change.Value{"x.pet": change.Text("1"), "x.pets": change.Set([]string{"1", "2"}), "x.tame": change.Bool(true), "x.vet": change.Text("x.y"), "x.fee_2": change.Int(7),
		"address": change.Text("x.pet")}
	for text, want := range map[string]bool{
		`x.pet = 1`: true, `x.pet = 猫`: true, `x.pet = "2"`: false, `x.pet != 2`: true, `-x.pet = 1`: false, `NOT x.pet = 1`: false,
		`x.pet IN ("2", "1")`: true, `x.pet NOT IN ("1")`: false, `x.pet:(2 OR 1)`: true, `x.pets IN (2)`: true, `x.pets:2 AND x.fee_2 > 6`: true,
		`x.tame`: true, `x.tame AND (x.pet = 2 OR x.pet = 1)`: true, `(x.tame)`: true, `x.vet = x.y`: true, `x.vet = "x.y"`: true, `x.vet:x.z`: false,
		`address = x.pet`: true, `address = "x.pet" x.pet = 1`: true, `宠物 = 1`: true, `x.vet:*`: true, `x.pet = null`: false, `x.pet=1`: true,
	} {
		e, err := filter.ParseInFull(k, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := e.Match(values); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
	where, _ := mustParse(t, k, `x.pet = 1 AND x.tame`).SQL(filter.Dialect{Column: func(field string) string { return `"f_` + field + `"` }})
	if want := `("f_x.pet" = ? AND "f_x.tame" = ?)`; where != want {
		t.Errorf("got %s, want %s", where, want)
	}
	if got := mustParse(t, k, `x.pet = 1 OR x.fee_2 = 3`).Fields(); !cmp.Equal(got, []string{"x.fee_2", "x.pet"}) {
		t.Errorf("fields %q", got)
	}
	order, err := filter.ParseOrder(k, "x.fee_2 desc, x.pet")
	if diff := cmp.Diff([]filter.Order{{Field: "x.fee_2", Desc: true}, {Field: "x.pet"}}, order); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for text, want := range map[string]string{
		`x.none = 1`: "household has no field x.none", `x.pet IN 1`: "a list of values after IN is not complete", `x.pet = 9`: "", `y.pet = 1`: "", `x.x.pet = 1`: "",
		`x.pet = 1 AND AND`: "at character 15",
	} {
		_, err := filter.ParseInFull(k, text)
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), want) || strings.Contains(err.Error()+fault.Hint(err), "ꓸ") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
