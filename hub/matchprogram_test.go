package hub_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/matching"
	"tongbu/internal/test/kit"
)

// TestProgramMatches: a program matches where it may see all that a match reads, within its
// scope, and whom it was shown stands in the audit log.
func TestProgramMatches(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	post := &change.Change{Kind: "vacancy", Record: kit.Name(kit.Second, "vacancy", "1"), At: 1,
		Fields: change.FieldsOf(map[string]change.Value{"employer_name": change.Text("二店"), "title": change.Text("收银员"), "registered_on": change.Text("2025-01-05"), "posts": change.Int(2)})}
	seeks := &change.Change{Kind: "job_seeking", Record: kit.Name(kit.First, "job_seeking", "1"), At: 1,
		Fields: change.FieldsOf(map[string]change.Value{"person": change.Text(string(kit.Name(kit.First, "person", "1"))), "on": change.Text("2026-12-01")})}
	a.MustForger(t, kit.First).MustSay(t, a.city.Replica, kit.First, seeks)
	a.MustForger(t, kit.Second).MustSay(t, a.city.Replica, kit.Second, post)
	issued, err := a.city.Root.AddProgram(t.Context(), root.ProgramOrder{Name: "match", Unit: kit.City.Code, Kinds: matching.Kinds(), Purpose: "placement"})
	must(t, err)
	a.tokens["match"] = issued.Token
	kit.MustAwait(t, "the view follows", func() bool { return a.rows(a.city, "vacancy", "")+a.rows(a.city, "job_seeking", "") == 2 })
	before, err := a.city.Operate.Audit(1, "", "", "")
	must(t, err)
	for _, c := range []struct {
		program, path string
		want          int
	}{
		{"match", "person/" + string(kit.Name(kit.First, "person", "1")) + "?all=true&purpose=case+7", http.StatusOK},
		{"match", "vacancy/" + string(post.Record) + "?all=true&purpose=case+7", http.StatusOK},
		{"match", "vacancy/" + string(kit.Name(kit.First, "vacancy", "9")), http.StatusNotFound},
		{"match", "vacancy/110105", http.StatusNotFound},
		{"match", "unit/" + string(post.Record), http.StatusBadRequest},
		{"figures", "vacancy/" + string(post.Record), http.StatusBadRequest},
		{"street", "vacancy/" + string(post.Record), http.StatusBadRequest},
	} {
		status, body := a.rest(t, "city", c.program, http.MethodGet, "/v1/match/"+c.path, "")
		if status != c.want {
			t.Errorf("%s asks for %s: got %d %s, want %d", c.program, c.path, status, body[:min(len(body), 200)], c.want)
		}
		var m struct{ Rows []struct{ ID string } }
		if status == http.StatusOK && (json.Unmarshal([]byte(body), &m) != nil || len(m.Rows) == 0) {
			t.Errorf("%s: got %s", c.path, body)
		}
	}
	all, err := a.city.Operate.Audit(1, "", "", "")
	must(t, err)
	shown := 0
	for _, e := range all[len(before):] {
		if e.Program == "match" && e.Purpose == "placement: case 7" {
			shown += len(e.Subjects)
		}
	}
	if shown != 2 { // the person who is asked about, and the one who goes with the vacancy
		t.Errorf("%d persons stand in the audit log: %+v", shown, all[len(before):])
	}
}
