package desk_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/matching"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// seekersAndPosts puts drawn persons, what was registered of them, and vacancies.
func (d *clerk) seekersAndPosts(r *rand.Rand) {
	d.t.Helper()
	lines := map[string]*strings.Builder{}
	put := func(kind string, o map[string]any) {
		for field, v := range o {
			if of, is := v.([]any); is {
				if o[field] = of[r.IntN(len(of))]; o[field] == nil {
					delete(o, field)
				}
			}
		}
		if lines[kind] == nil {
			lines[kind] = &strings.Builder{}
		}
		raw, err := json.Marshal(o)
		if err != nil {
			d.t.Fatal(err)
		}
		lines[kind].Write(append(raw, '\n'))
	}
	one := func(of ...any) []any { return of }
	for i := range 40 {
		home, who := fmt.Sprintf("h-%02d", i/2), fmt.Sprintf("p-%02d", i)
		if i%2 == 0 {
			put("household", map[string]any{"id": home, "head_name": "王", "survey_date": "2026-01-10"})
		}
		put("person", map[string]any{"id": who, "household": home, "name": "王", "sex": one("1", "2", nil), "birth_date": one("1970-03-01", "1985-01-01", "2000-01-01", nil), "relation": one("02", "12"),
			"hukou": one("10", "20"), "status": one("4", "9", "9", "1"), "labour_ability": one("1", "1", "0", nil), "job_wish": one("1", "1", nil), "education": one("20", "61", nil), "skill_level": one("1", "4", nil),
			"wish_occupation_1": one("513", "410", nil), "wish_pay": one(190000, nil), "wish_area": one("1", "3", nil), "takes_public_post": one(true, false, nil)})
		for range r.IntN(3) {
			put("job_seeking", map[string]any{"person": who, "on": one("2026-11-01", "2027-01-02"), "valid_to": one("2027-01-10", nil), "occupation_1": one("513", "511"), "pay": one(250000, nil), "area": one("2", nil), "public_post": one(true, nil)})
		}
		if i%3 == 0 {
			put("hardship_step", map[string]any{"person": who, "on": "2026-12-01", "step": "reviewed", "category": []string{"050"}})
		}
	}
	for i := range 12 {
		put("vacancy", map[string]any{"id": fmt.Sprintf("v-%02d", i), "employer_name": "园林处", "state": one("1", "2", nil), "occupation": one("513", "410", nil), "wage": one(180000, 240000, nil), "sex": one("1", "9", nil),
			"age_to": one(40, nil), "takes_older": one(true, false, nil), "reserved": one(true, false, nil), "insurance": one("1", "0", nil), "board": one("1", nil), "stable": one(true, false, nil),
			"contract_term": one("一年", nil), "education": one("20", "70", nil), "skill_level": one("4", nil), "area": one("1", "4", nil)})
	}
	for _, kind := range []string{"household", "person", "job_seeking", "hardship_step", "vacancy"} {
		d.mustPut(kind, lines[kind].String())
	}
}

// TestMatchedAlikeFromBothSides: a pair has one score and the same reasons, whichever of
// the two a clerk looks from, as the records are read here by id on the one side and out of
// kept rows on the other; also after the records of both were changed.
func TestMatchedAlikeFromBothSides(t *testing.T) {
	d := newDesk(t)
	r := rand.New(rand.NewPCG(24, 1))
	d.seekersAndPosts(r)
	at := desk.New(d.at)
	for range 2 {
		pairs, of := 0, map[change.RecordID]map[change.RecordID]string{}
		for _, vacancy := range kit.MustList(t, d.at, "vacancy", "") {
			for who, one := range matched(t, at, "vacancy", vacancy) {
				if of[who] == nil {
					of[who] = matched(t, at, "person", who)
				}
				other, found := of[who][vacancy]
				if pairs++; !found || one != other {
					t.Fatalf("%s and %s: from the vacancy %s, from the person %s", vacancy, who, one, other)
				}
			}
		}
		if pairs < 100 {
			t.Errorf("only %d pairs were compared", pairs)
		}
		d.mustPut("vacancy", `{"id":"v-00","stable":true,"takes_older":null}`)
		d.mustPut("person", `{"id":"p-00","birth_date":"1972-01-01","wish_pay":310000}`)
		d.mustPut("placement", `{"person":"p-01","on":"2027-01-12","form":"010"}`)
	}
}

// matched is what is said of each candidate, without its rank.
func matched(t *testing.T, at *desk.Desk, kind string, id change.RecordID) map[change.RecordID]string {
	t.Helper()
	a, err := desk.Suitable(t.Context(), at, matching.Ask{Kind: kind, ID: id, All: true, Limit: matching.MaxRows}, kit.Clerk)
	if err != nil {
		t.Fatal(err)
	}
	all := map[change.RecordID]string{}
	for _, row := range a.Rows {
		all[row.ID] = fmt.Sprint(row.Score, row.Excluded, row.Reasons)
	}
	return all
}
