package schema_test

import (
	"math"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// TestDateForms: a date is read in each of its forms; what is none is left as it was typed,
// for the check to refuse and for people to see.
func TestDateForms(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := s.Kind("person")
	field, ok := kind.Field("birth_date")
	if !ok {
		t.Fatal("a person has no birth_date")
	}
	for typed, want := range map[string]string{
		"19800102": "1980-01-02", "1980/1/2": "1980-01-02", "1980.1.2": "1980-01-02", "1980年1月2日": "1980-01-02", "１９８０－１－２": "1980-01-02",
		"80-1-2": "80-1-2", "1980-1": "1980-1", "1980-1-2-3": "1980-1-2-3", "1980-1-x": "1980-1-x", "1980-1-00002": "1980-1-00002", "19800-1-2": "19800-1-2",
	} {
		got, err := field.Parse(typed)
		if err != nil || got.Text() != want {
			t.Errorf("%s: got %q, %v, want %q", typed, got.Text(), err, want)
		}
	}
	if got := schema.NormalizeID("！０９Ｘ～"); got != "!09X~" {
		t.Errorf("the ends of the full-width forms: got %q", got)
	}
}

// TestMoneyForms: money is shown in yuan with two digits behind the point; nothing has no sign.
func TestMoneyForms(t *testing.T) {
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := s.Kind("household")
	field, ok := kind.Field("operating_income")
	if !ok {
		t.Fatal("a household has no operating_income")
	}
	for fen, want := range map[int64]string{0: "0.00", 1: "0.01", -1: "-0.01", 100: "1.00", -123456: "-1234.56", math.MinInt64: "-92233720368547758.08"} {
		if got := field.FormatText(change.Int(fen), "zh"); got != want {
			t.Errorf("%d fen: got %q, want %q", fen, got, want)
		}
	}
}
