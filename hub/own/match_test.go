package own_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/matching"
	"tongbu/internal/test/kit"
	"tongbu/node/desk"
	"tongbu/node/replica"
)

// seekers puts households, of which every third has nobody at work, with persons of many
// wishes, and vacancies of the community, the street's city and its market.
func (w *world) seekers(t *testing.T, households int) {
	t.Helper()
	var homes, persons, seeking, vacancies strings.Builder
	for i := range households {
		fmt.Fprintf(&homes, `{"id":"h-%d","head_name":"张%d","survey_date":"2026-05-01"}`+"\n", i, i)
		for j := range 2 {
			status := []string{"4", "1", "9"}[(i+j)%3]
			if i%3 == 0 {
				status = "4"
			}
			fmt.Fprintf(&persons, `{"id":"p-%d-%d","household":"h-%d","relation":"%s","name":"张%d%d","sex":"%d","birth_date":"19%02d-03-01","hukou":"10","status":"%s","education":"%s","labour_ability":"1","job_wish":"%s","hardship":%s,"wish_occupation_1":"%s","wish_pay":%d}`+"\n",
				i, j, i, []string{"02", "10"}[j], i, j, 1+j%2, 68+(i*3+j)%30, status, []string{"61", "81", "20"}[i%3], []string{"1", "1", "1", "0"}[i%4],
				[]string{`["050"]`, `[]`}[i%2], []string{"513", "411", "510"}[i%3], 150000+i*5000)
			if i%2 == j {
				fmt.Fprintf(&seeking, `{"person":"p-%d-%d","on":"2026-0%d-01","occupation_1":"%s","occupation_2":"513","pay":%d,"area":"%d","form":"60","public_post":%t}`+"\n",
					i, j, 1+i%9, []string{"511", "412", "513"}[i%3], 180000+i*1000, 1+i%5, i%4 == 0)
			}
		}
	}
	for i, occupation := range []string{"513", "411", "510", "513"} {
		fmt.Fprintf(&vacancies, `{"id":"v-%d","employer_name":"单位%d","occupation":"%s","wage":%d,"state":"1","posts":3,"sex":"%s","age_to":%d,"insurance":"%s","contract_term":"一年","source":"%s","employment_kind":"60"}`+"\n",
			i, i, occupation, 170000+i*20000, []string{"9", "2", "9", "9"}[i], []int{45, 60, 70, 35}[i], []string{"1", "0", "1", "2"}[i], []string{"01", "03", "02", "01"}[i])
	}
	kit.MustPut(t, w.replica, "household", homes.String())
	kit.MustPut(t, w.replica, "person", persons.String())
	kit.MustPut(t, w.replica, "job_seeking", seeking.String())
	kit.MustPut(t, w.replica, "vacancy", vacancies.String())
	kit.MustPut(t, w.city.Replica, "vacancy", `{"id":"c-1","employer_name":"市政","occupation":"513","wage":200000,"state":"1","posts":3,"stable":true}`+"\n"+
		`{"id":"c-2","employer_name":"商场","occupation":"411","wage":260000,"state":"3","posts":1,"placed":1}`)
}

// comparable is an answer without what is of the moment and of whoever answers.
func comparable(t *testing.T, a *matching.Answer) []string {
	t.Helper()
	lines := []string{fmt.Sprint("looked at ", a.Looked, ", cut ", a.Cut)}
	for _, row := range a.Rows {
		raw, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(raw))
	}
	return lines
}

// TestMatchedAsTheCity: a workstation and the city's view rank the same records in the
// same order, for the same reasons.
func TestMatchedAsTheCity(t *testing.T) {
	w := newWorld(t)
	w.seekers(t, 15)
	w.sync(t)
	by := desk.Asker{Operator: "wang", Purpose: "推荐"}
	ids := map[string][]change.RecordID{"vacancy": kit.MustList(t, w.replica, "vacancy", ""), "person": kit.MustList(t, w.replica, "person", "")}
	if len(ids["vacancy"]) != 6 {
		t.Fatalf("%d vacancies are here, want the community's and the city's", len(ids["vacancy"]))
	}
	ranked := 0
	for kind, all := range ids {
		for _, id := range all {
			for _, whole := range []bool{false, true} {
				ask := matching.Ask{Kind: kind, ID: id, All: whole, Limit: 100}
				mine, err := w.node.Match(t.Context(), ask, by)
				if err != nil {
					t.Fatal(err)
				}
				ask.Scope = change.UnitID(kit.First.Code)
				theirs, err := w.city.Match(t.Context(), ask, by)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(comparable(t, theirs), comparable(t, mine)); diff != "" {
					t.Fatalf("%s %s, all %t: the city, and here:\n%s", kind, id, whole, diff)
				}
				ranked += len(mine.Rows)
			}
		}
	}
	if ranked < 100 {
		t.Errorf("%d pairs were ranked, too few to say anything", ranked)
	}
}

// TestMatchAudited: whom a match tells of, and what for, is in the audit log before it is
// told; a hub tells nobody without a purpose.
func TestMatchAudited(t *testing.T) {
	w := newWorld(t)
	w.seekers(t, 6)
	w.sync(t)
	vacancy := kit.MustList(t, w.replica, "vacancy", `employer_name = "单位2"`)[0]
	ask := matching.Ask{Kind: "vacancy", ID: vacancy}
	if a, err := w.city.Match(t.Context(), ask, desk.Asker{Operator: "li"}); fault.Of(err) != fault.Invalid || a != nil {
		t.Errorf("without a purpose: got %v, %v", a, err)
	}
	a, err := w.city.Match(t.Context(), ask, desk.Asker{Operator: "li", Purpose: "推荐"})
	if err != nil || len(a.Rows) == 0 || a.Coverage.AsOf.IsZero() || a.Coverage.Today == "" {
		t.Fatalf("got %+v, %v", a, err)
	}
	entries, err := w.city.Replica.Lookups.Find(replica.Wanted{Record: a.Rows[0].ID, Kind: "person", Limit: 10})
	if err != nil || len(entries) != 1 {
		t.Fatalf("the city's log has %+v, %v", entries, err)
	}
	e := entries[0]
	if e.Act != "match" || e.Operator != "li" || e.Purpose != "推荐" || e.Count != len(a.Rows) || e.Filter != "vacancy = "+string(vacancy) || !slices.Contains(e.AskedBy, "hardship") {
		t.Errorf("the city's log has %+v", e)
	}
	if _, err := w.node.Match(t.Context(), matching.Ask{Kind: "person", ID: a.Rows[0].ID}, desk.Asker{Operator: "wang"}); err != nil {
		t.Fatal(err)
	}
	if entries, err = w.replica.Lookups.Find(replica.Wanted{Record: a.Rows[0].ID, Kind: "person", Limit: 10}); err != nil || len(entries) != 1 || entries[0].Act != "match" {
		t.Errorf("the workstation's log has %+v, %v", entries, err)
	}
}

// TestMatchRefused: what a tier cannot answer, it says.
func TestMatchRefused(t *testing.T) {
	w := newWorld(t)
	w.seekers(t, 2)
	w.sync(t)
	person := kit.MustList(t, w.replica, "person", "")[0]
	by := desk.Asker{Operator: "li", Purpose: "推荐"}
	for name, c := range map[string]struct {
		ask        matching.Ask
		here, city fault.Kind
	}{
		"another scope":   {matching.Ask{Kind: "person", ID: person, Scope: change.UnitID(kit.Street.Code)}, fault.Unsupported, fault.OK},
		"a scope of none": {matching.Ask{Kind: "person", ID: person, Scope: "990101009009"}, fault.Unsupported, fault.Denied},
		"unknown":         {matching.Ask{Kind: "vacancy", ID: "v-99"}, fault.NotFound, fault.NotFound},
		"another kind":    {matching.Ask{Kind: "vacancy", ID: person}, fault.Invalid, fault.Invalid},
		"a limit":         {matching.Ask{Kind: "person", ID: person, Limit: -1}, fault.Invalid, fault.Invalid},
		"by its number":   {matching.Ask{Kind: "person", ID: "p-0-0"}, fault.OK, fault.NotFound},
	} {
		if _, err := w.node.Match(t.Context(), c.ask, by); fault.Of(err) != c.here {
			t.Errorf("%s, here: got %v, want %v", name, err, c.here)
		}
		if _, err := w.city.Match(t.Context(), c.ask, by); fault.Of(err) != c.city {
			t.Errorf("%s, at the city: got %v, want %v", name, err, c.city)
		}
	}
}

// TestMatchElsewhere: a person wants the same and has the same right to come first in
// whatever area vacancies are looked for, and a vacancy asks for the same.
func TestMatchElsewhere(t *testing.T) {
	w := newWorld(t)
	w.seekers(t, 9)
	w.sync(t)
	by := desk.Asker{Operator: "li", Purpose: "推荐"}
	known := 0
	for kind, ids := range map[string][]change.RecordID{"person": kit.MustList(t, w.replica, "person", ""), "vacancy": kit.MustList(t, w.replica, "vacancy", "")} {
		for _, id := range ids {
			ask := matching.Ask{Kind: kind, ID: id, All: true, Limit: 100, Scope: change.UnitID(kit.First.Code)}
			at, err := w.city.Match(t.Context(), ask, by)
			if err != nil {
				t.Fatal(err)
			}
			ask.Scope = change.UnitID(kit.FarAway.Code)
			elsewhere, err := w.city.Match(t.Context(), ask, by)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(at.About, elsewhere.About) + cmp.Diff(at.Asked, elsewhere.Asked); diff != "" {
				t.Errorf("%s %s in its own area, and elsewhere:\n%s", kind, id, diff)
			}
			for _, row := range elsewhere.Rows {
				for _, same := range at.Rows {
					if same.ID == row.ID && (same.Score != row.Score || same.Priority != row.Priority) {
						t.Errorf("%s %s with %s: %d %s, and elsewhere %d %s", kind, id, row.ID, same.Score, same.Priority, row.Score, row.Priority)
					}
				}
			}
			if at.About.Priority == matching.ZeroFamily && kind == "person" {
				known++
			}
		}
	}
	if known == 0 {
		t.Error("nobody is of a family without work, so nothing was seen")
	}
}
