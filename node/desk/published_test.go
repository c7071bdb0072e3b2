package desk_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// TestPackChangesTables: a desk that keeps rows makes them again when a rule pack of the
// city arrives, is corrected or void, and when a table of holidays does.
func TestPackChangesTables(t *testing.T) {
	d := newDesk(t)
	s := newSearcher(t, d.at)
	kit.MustPut(t, s.at, "household", `{"id":"h","head_name":"王明","survey_date":"2026-01-01","operating_income":20000}`)
	kit.MustPut(t, s.at, "person", `{"id":"p","name":"王明","household":"h","relation":"02","hukou":"10","birth_date":"1980-05-05","sex":"1","labour_ability":"1","job_wish":"1","status":"9"}`)
	table := desk.Table{Kind: "household_facts"}
	for _, step := range []struct {
		kind, line string
		zero       bool
	}{
		{"rule_pack", `{"id":"pack","name":"零就业家庭","edition":"1","kind":"4","effective_from":"2026-01-01","content":"free_income: 100"}`, false},
		{"rule_pack", `{"id":"pack","content":"free_income: 200"}`, true},
		{"holiday_table", `{"id":"2026","year":2026,"off":"2026-01-01"}`, true},
		{"rule_pack", `{"id":"later","name":"零就业家庭","edition":"2","kind":"4","effective_from":"2026-02-01","content":"free_income: 0"}`, false},
		{"rule_pack", `{"id":"later","valid":"0","void_reason":"写错"}`, true},
		{"rule_pack", `{"id":"pack","effective_to":"2026-12-31"}`, false}, // today is in 2027
	} {
		kit.MustPut(t, d.city, step.kind, step.line)
		d.town.MustExchange(t, d.at, d.city)
		got := s.part(table, 0, 1)
		if len(got.Part) != 1 || got.Part[0].Fields["zero_employment"] != step.zero {
			t.Errorf("%s: %+v, want zero employment %v", step.line, got.Part, step.zero)
		}
		if diff := gocmp.Diff(newSearcher(t, d.at).part(table, 0, 1), got); diff != "" {
			t.Errorf("%s: a desk that was just opened says otherwise: %s", step.line, diff)
		}
		card, err := s.desk.Card(t.Context(), "person", kit.Name(kit.First, "person", "p"), kit.Clerk)
		if err != nil {
			t.Fatal(err)
		}
		if fact := card.Fact("household_facts", kit.Name(kit.First, "household", "h")); fact == nil || fact.Fields["zero_employment"] != step.zero {
			t.Errorf("%s: the card says %+v, want %v", step.line, fact, step.zero)
		}
	}
}
