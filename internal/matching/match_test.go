package matching_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/matching"
)

// drawn is a city of some persons and vacancies.
func drawn(t *rapid.T) memory {
	m := memory{}
	pick := func(what string, from ...any) any { return rapid.SampledFrom(from).Draw(t, what) }
	for i := range rapid.IntRange(1, 12).Draw(t, "persons") {
		id, home := record("p", i), record("h", i/2)
		m.put("person", id, community, values{"name": fmt.Sprint("王", i), "household": string(home), "sex": pick("sex", "1", "2", nil),
			"education": pick("education", "20", "61", "81", nil), "labour_ability": pick("able", "1", "1", "0", nil), "job_wish": pick("wish", "1", "1", "0", nil),
			"wish_occupation_1": pick("form", "513", "410", nil)})
		m.put("person_facts", id, community, values{"person": string(id), "household": string(home), "age": pick("age", 20, 45, 55, nil), "employed": pick("employed", true, false, false),
			"unemployed": pick("unemployed", true, true, false), "hardship": pick("hardship", []string{"050"}, nil)})
		if i%2 == 0 {
			m.put("household_facts", home, community, values{"zero_employment": pick("zero", true, false, false)})
		}
		for j := range rapid.IntRange(0, 2).Draw(t, "seekings") {
			m.put("job_seeking", record("s", 10*i+j), community, values{"person": string(id), "on": pick("on", "2026-01-01", "2026-02-01"),
				"occupation_1": pick("first", "513", "511", "410"), "occupation_2": pick("second", "513", "411", nil), "pay": pick("pay", 190000, 250000, nil),
				"area": pick("area", "1", "3", nil), "public_post": pick("public", true, false, nil)})
		}
	}
	for i := range rapid.IntRange(1, 8).Draw(t, "vacancies") {
		m.put("vacancy", record("v", i), pick("of", community, street, far, city).(string), values{"state": pick("state", "1", "2", "3", nil), "occupation": pick("occupation", "513", "410", nil),
			"wage": pick("wage", 180000, 240000, nil), "sex": pick("wanted", "1", "9", nil), "age_to": pick("age_to", 40, nil), "source": pick("source", "02", "01", nil),
			"insurance": pick("insurance", "1", "0", nil), "stable": pick("stable", true, false, nil), "education": pick("needed", "20", "70", nil)})
	}
	return m
}

// tester is a test, or one case of a property.
type tester interface {
	Fatal(args ...any)
	Context() context.Context
}

func mustMatch(t tester, b *matching.Book, m memory, ask matching.Ask, most matching.Bounds) *matching.Answer {
	a, err := b.Match(t.Context(), m, ask, most)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestBothWays: a pair has one score, whichever of the two is asked about; a hard reason
// excludes, and nothing else does; the order is total, and does not hang on that of the
// records.
func TestBothWays(t *testing.T) {
	b := mustBook(t)
	rapid.Check(t, func(t *rapid.T) {
		m := drawn(t)
		type pair struct{ vacancy, person change.RecordID }
		found := map[pair]matching.Ranked{}
		for _, v := range m["vacancy"] {
			a := mustMatch(t, b, m, matching.Ask{Kind: "vacancy", ID: v.ID, All: true, Limit: matching.MaxRows}, matching.Bounds{})
			checkOrder(t, a)
			for _, row := range a.Rows {
				found[pair{v.ID, row.ID}] = row
			}
			some := mustMatch(t, b, m, matching.Ask{Kind: "vacancy", ID: v.ID, Limit: matching.MaxRows}, matching.Bounds{})
			if slices.ContainsFunc(some.Rows, func(r matching.Ranked) bool { return r.Excluded }) || some.Looked != a.Looked {
				t.Fatalf("without all: got %+v", some)
			}
			slices.Reverse(m["person"])
			again := mustMatch(t, b, m, matching.Ask{Kind: "vacancy", ID: v.ID, All: true, Limit: matching.MaxRows}, matching.Bounds{Persons: 1000})
			for i := range a.Rows {
				if a.Rows[i].ID != again.Rows[i].ID {
					t.Fatalf("in another order, and with a bound: got %v, want %v", again.Rows[i], a.Rows[i])
				}
			}
		}
		for _, p := range m["person"] {
			a := mustMatch(t, b, m, matching.Ask{Kind: "person", ID: p.ID, All: true, Limit: matching.MaxRows}, matching.Bounds{})
			checkOrder(t, a)
			if a.Looked != len(m["vacancy"]) {
				t.Fatalf("with all, %d of %d vacancies were looked at", a.Looked, len(m["vacancy"]))
			}
			for _, row := range a.Rows {
				other, candidate := found[pair{row.ID, p.ID}]
				if candidate && (other.Score != row.Score || other.Excluded != row.Excluded || len(other.Reasons) != len(row.Reasons)) {
					t.Fatalf("from the person %+v, from the vacancy %+v", row, other)
				}
			}
		}
	})
}

func checkOrder(t *rapid.T, a *matching.Answer) {
	for i, row := range a.Rows {
		hard := slices.ContainsFunc(row.Reasons, func(r matching.Reason) bool { return r.Hard })
		if row.Excluded != hard || hard && row.Score != 0 || row.Score < 0 || row.Score > 100 || row.Rank != i+1 {
			t.Fatalf("got %+v", row)
		}
		if i == 0 {
			continue
		}
		last := a.Rows[i-1]
		inOrder := !last.Excluded && row.Excluded
		if last.Excluded == row.Excluded {
			inOrder = last.Score > row.Score || last.Score == row.Score && (last.Priority < row.Priority || last.Priority == row.Priority && last.ID < row.ID)
		}
		if !inOrder {
			t.Fatalf("%+v stands before %+v", last, row)
		}
	}
}

// threeEqual is a community of three whom a vacancy fits equally well, but for whose turn
// it is.
func threeEqual() memory {
	m := memory{}
	for i, hardship := range []any{nil, []string{"050"}, nil} {
		id, home := record("p", i), record("h", i)
		m.put("person", id, community, values{"name": "王", "id_number": "110101199001011237", "household": string(home), "sex": "2", "education": "61", "labour_ability": "1", "job_wish": "1", "wish_occupation_1": "513"})
		m.put("person_facts", id, community, values{"person": string(id), "unemployed": true, "age": 30, "hardship": hardship})
		m.put("household_facts", home, community, values{"zero_employment": i == 2})
	}
	m.put("vacancy", record("v", 0), community, values{"state": "1", "occupation": "513", "employer_name": "园林处", "wage": 200000})
	m.put("vacancy", record("v", 1), community, values{"state": "1", "occupation": "513", "stable": true})
	return m
}

// TestPriority: of equals the family without work comes first, then hardship; a stable
// post goes to such a family by its score.
func TestPriority(t *testing.T) {
	b, m := mustBook(t), threeEqual()
	a := mustMatch(t, b, m, matching.Ask{Kind: "vacancy", ID: record("v", 1)}, matching.Bounds{})
	want := []change.RecordID{record("p", 2), record("p", 1), record("p", 0)}
	priorities := []matching.Priority{matching.ZeroFamily, matching.Hardship, matching.Other}
	for i, row := range a.Rows {
		if row.ID != want[i] || row.Priority != priorities[i] || i > 0 && row.Score >= a.Rows[i-1].Score || row.IDNumber != "110101**********37" {
			t.Errorf("row %d: got %+v", i, row)
		}
	}
	m["vacancy"][1] = rowOf(record("v", 1), community, values{"state": "1", "occupation": "513", "stable": false, "insurance": "0"})
	m["household_facts"] = nil
	a = mustMatch(t, b, m, matching.Ask{Kind: "vacancy", ID: record("v", 1)}, matching.Bounds{})
	if len(a.Rows) != 3 || a.Rows[0].ID != record("p", 1) || a.Rows[0].Score != a.Rows[1].Score {
		t.Errorf("without such a family: got %+v", a.Rows)
	}
}

// TestBounds: with a bound the likeliest are looked at, and the answer says that there are
// more.
func TestBounds(t *testing.T) {
	b, m := mustBook(t), threeEqual()
	for i := 10; i < 40; i++ {
		id := record("p", i)
		m.put("person", id, community, values{"name": "李", "labour_ability": "1", "job_wish": "1", "wish_occupation_1": "410"})
		m.put("person_facts", id, community, values{"person": string(id), "unemployed": true})
	}
	m.put("job_seeking", record("s", 39), community, values{"person": string(record("p", 39)), "on": "2026-03-01", "occupation_1": "511"})
	a := mustMatch(t, b, m, matching.Ask{Kind: "vacancy", ID: record("v", 0)}, matching.Bounds{Persons: 8})
	if a.Looked != 8 || !a.Cut {
		t.Errorf("got %d looked at, cut %t, want 8 of 33", a.Looked, a.Cut)
	}
	for _, id := range []change.RecordID{record("p", 39), record("p", 2)} { // the seeker of the group, and the family without work
		if !slices.ContainsFunc(a.Rows, func(r matching.Ranked) bool { return r.ID == id }) {
			t.Errorf("%s was not looked at", id)
		}
	}
	if a = mustMatch(t, b, m, matching.Ask{Kind: "vacancy", ID: record("v", 0)}, matching.Bounds{Persons: 33}); a.Cut || a.Looked != 33 {
		t.Errorf("with room for all: got %d, cut %t", a.Looked, a.Cut)
	}
	if a = mustMatch(t, b, m, matching.Ask{Kind: "person", ID: record("p", 0)}, matching.Bounds{Vacancies: 1}); a.Looked != 1 || !a.Cut {
		t.Errorf("vacancies: got %d, cut %t", a.Looked, a.Cut)
	}
}

// TestTells: the audit log has whom the answer shows; of fewer than five candidates all.
func TestTells(t *testing.T) {
	b, m := mustBook(t), threeEqual()
	if a := mustMatch(t, b, m, matching.Ask{Kind: "vacancy", ID: record("v", 0), Limit: 1}, matching.Bounds{}); len(a.Rows) != 1 || len(a.Tells) != 3 {
		t.Errorf("got %d rows that tell of %d, want 1 and 3", len(a.Rows), len(a.Tells))
	}
	if a := mustMatch(t, b, m, matching.Ask{Kind: "person", ID: record("p", 1)}, matching.Bounds{}); !slices.Equal(a.Tells, []change.RecordID{record("p", 1)}) || a.Rows[0].Employer+a.Rows[1].Employer != "园林处" {
		t.Errorf("got %+v", a)
	}
}

// TestWrong: what cannot be matched is refused in words.
func TestWrong(t *testing.T) {
	b, m := mustBook(t), threeEqual()
	m["vacancy"][1].Void = true
	for _, c := range []struct {
		ask  matching.Ask
		want fault.Kind
	}{
		{matching.Ask{Kind: "vacancy", ID: record("v", 9)}, fault.NotFound},
		{matching.Ask{Kind: "vacancy", ID: record("v", 1)}, fault.Invalid},
		{matching.Ask{Kind: "vacancy", ID: record("p", 1)}, fault.Invalid},
		{matching.Ask{Kind: "person", ID: record("v", 0)}, fault.Invalid},
		{matching.Ask{Kind: "household", ID: record("h", 0)}, fault.Invalid},
		{matching.Ask{Kind: "vacancy", ID: record("v", 0), Limit: -1}, fault.Invalid},
		{matching.Ask{Kind: "vacancy", ID: record("v", 0), Limit: matching.MaxRows + 1}, fault.Invalid},
	} {
		if a, err := b.Match(t.Context(), m, c.ask, matching.Bounds{}); fault.Of(err) != c.want || a != nil {
			t.Errorf("%+v: got %v, want %v", c.ask, err, c.want)
		}
	}
}
