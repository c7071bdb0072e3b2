package schema_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// TestVectors: the 55 numbers of the list for GB 11643, as a person's record takes
// them.
func TestVectors(t *testing.T) {
	file, err := os.Open("testdata/id_number_test_vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 56 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	k := mustKind(t, mustLoad(t), "person")
	for _, row := range rows[1:] {
		v := vector{number: row[0], why: row[2], sex: row[3], birth: row[4], area: row[5]}
		switch row[1] {
		case "valid":
			v.isTaken(t, k, row[0], "")
		case "normalise":
			v.isTaken(t, k, strings.TrimSpace(strings.ToUpper(row[0])), "")
		case "legacy15":
			v.isTaken(t, k, row[0], "id_number:id_cut") // over 100 years old
		case "invalid":
			v.isRefused(t, k)
		default:
			t.Fatalf("what is %q?", row[1])
		}
	}
}

type vector struct{ number, why, sex, birth, area string }

// isTaken: the number is kept as it was typed but for blanks, case and width, and
// says what the list says.
func (v vector) isTaken(t *testing.T, k *schema.Kind, kept, problems string) {
	values, err := k.Parse(map[string]any{"id_number": v.number})
	if err != nil {
		t.Errorf("%s: %v", v.why, err)
		return
	}
	got := values["id_number"].Text()
	if strings.HasPrefix(v.number, "４") {
		kept = "420205189809275088"
	}
	id, err := schema.ParseID(got)
	birth := strings.ReplaceAll(id.Birth, "-", "")
	if err != nil || got != kept || v.birth != "" && (birth != v.birth || id.Area != v.area || id.Male != (v.sex == "男")) {
		t.Errorf("%s: %+v %v", v.why, id, err)
	}
	if found := rulesOf(k, values, "id_number"); found != problems {
		t.Errorf("%s: %q, want %q", v.why, found, problems)
	}
}

// isRefused: a number that cannot be right is hard; an area that never was, soft.
func (v vector) isRefused(t *testing.T, k *schema.Kind) {
	values, err := k.Parse(map[string]any{"id_number": v.number})
	if err != nil {
		t.Errorf("%s: %v", v.why, err)
	}
	want := "id_number:id_number!"
	switch {
	case v.number == "":
		want = "id_number:id_or_reason"
	case strings.Contains(v.why, "area code"):
		want = "id_number:id_area"
	case strings.Contains(v.why, "future"):
		want = "id_number:id_birth_future!"
	}
	if found := rulesOf(k, values, "id_number"); found != want {
		t.Errorf("%s: %q, want %q", v.why, found, want)
	}
}

// rulesOf lists the problems of one field.
func rulesOf(k *schema.Kind, values map[string]change.Value, field string) string {
	var found []schema.Problem
	for _, p := range k.CheckOn(values, "2026-11-29") {
		if p.Field == field {
			found = append(found, p)
		}
	}
	return rules(found)
}

// TestSpreadsheet: what spreadsheets make of a number is refused, or taken with a
// warning, in words that say so.
func TestSpreadsheet(t *testing.T) {
	k := mustKind(t, mustLoad(t), "person")
	for number, want := range map[string]struct{ rules, says string }{
		"420202189803218000": {"id_number:id_number!", "000"},
		"420202198003219":    {"id_number:id_number!", "spreadsheet"}, // 18 digits of 1980 cut: month 80
		"4.20202E+17":        {"id_number:id_number!", "exponent"},
		"420202200101159":    {"id_number:id_cut", "1920-01-01"}, // 18 digits of 2001 cut
		"420202190304050":    {"id_number:id_cut", "1919-03-04"},
		"420202220304050":    {"id_number:id_cut", "1922-03-04"}, // 104 years old
		"420202300304050":    {"id_number:id_old", "1930-03-04"},
		"420202301304050":    {"id_number:id_number!", "does not exist"},
	} {
		values, err := k.Parse(map[string]any{"id_number": number})
		if err != nil {
			t.Fatal(err)
		}
		if got := rulesOf(k, values, "id_number"); got != want.rules {
			t.Errorf("%s: %q, want %q", number, got, want.rules)
		}
		for _, p := range k.CheckOn(values, "2026-11-29") {
			if p.Field == "id_number" && (!strings.Contains(p.Message, want.says) || p.Zh == "" || strings.Contains(p.Message+p.Zh, number)) {
				t.Errorf("%s: %q", number, p.Warning())
			}
		}
	}
}
