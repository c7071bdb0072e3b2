package filter_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
)

// whole is a made-up number, from the standard's own example.
const whole = "11010519491231002X"

// TestMaskedTests: whoever gets an ID number masked can ask for the one record
// that has a whole number, and for nothing that tells a part of it.
func TestMaskedTests(t *testing.T) {
	person := mustKind(t, "person")
	for _, text := range []string{
		`id_number = ` + whole, `aac002 = "11010519491231002x"`, `公民身份号码 = " ` + whole + ` "`, `id_number = 110105491231002`,
		`sex = 2 AND id_number = ` + whole, `(id_number = ` + whole + `) AND (sex = 1 OR sex = 2)`, `disability_cert = "11010519491231002X61"`,
	} {
		if _, err := filter.Parse(person, text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, name := range []string{"id_number", "AAC002", "公民身份号码"} {
		wantMasked(t, person, name, partial, noNumbers)
	}
	wantMasked(t, person, "disability_cert", partial)
	wantMasked(t, mustKind(t, "household"), "head_id_number", partial, noNumbers)
}

// partial are tests that tell a part of a field N.
var partial = []string{
	`N = 110105*`, `N = "*2X"`, `N = "*1949*"`, `N != 110105*`, `N = *`, `N:*`, `N != *`, `N:110105`, `N:"` + whole + `"`, `N = null`, `N != null`, `N = ""`,
	`N < 2`, `N <= "` + whole + `"`, `N > 110105`, `N >= 1`, `N != ` + whole, `NOT N = ` + whole, `-N = ` + whole, `NOT (valid = 1 AND N = ` + whole + `)`,
	`N = ` + whole + ` OR valid = 1`, `valid = 1 AND (N = ` + whole + ` OR valid = 0)`, `NOT NOT N = ` + whole, `N = ` + whole + ` OR N = ` + whole, `N`,
}

// noNumbers compare with what is no whole number, or not a valid one.
var noNumbers = []string{
	`N = head_id_number`, `N = birth_date`, `N = 110105`, `N = "110105194912310020"`, `N = "11010519491331002X"`, `N = "_1010519491231002X"`, `N = "%"`,
}

var nameInTest = regexp.MustCompile(`\bN\b`)

func wantMasked(t *testing.T, k *schema.Kind, field string, attacks ...[]string) {
	t.Helper()
	for _, text := range slices.Concat(attacks...) {
		text = nameInTest.ReplaceAllString(text, field)
		_, err := filter.Parse(k, text)
		if fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
			t.Errorf("%s: got %v, want invalid with a hint", text, err)
		} else if strings.Contains(err.Error()+fault.Hint(err), "1949") {
			t.Errorf("%s: the message has the value: %v", text, err)
		}
	}
}

func TestMaskedOrder(t *testing.T) {
	for kind, orders := range map[string][]string{"person": {"id_number", "aac002 desc", "name, 公民身份号码", "disability_cert"}, "household": {"head_id_number"}} {
		for _, text := range orders {
			if _, err := filter.ParseOrder(mustKind(t, kind), text); fault.Of(err) != fault.Invalid || fault.Hint(err) == "" {
				t.Errorf("%s: got %v, want invalid with a hint", text, err)
			}
			if _, err := filter.ParseOrderInFull(mustKind(t, kind), text); err != nil {
				t.Errorf("%s, in full: %v", text, err)
			}
		}
	}
}

func TestCost(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, `sex = 2`: 1, `sex = 2 OR NOT sex = 1`: 2, `name = "x*"`: 8, `name != "x*" AND sex:*`: 10, `hardship:050`: 2, `marital:20`: 1,
	} {
		if got := mustParse(t, mustKind(t, "person"), text).Cost(); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}
