package hub_test

import (
	"net/http"
	"strings"
	"testing"

	"tongbu/hub/root"
	"tongbu/internal/change"
	"tongbu/internal/test/kit"
)

// aNumber is the example that the standard prints, and as somebody mistypes it.
const (
	aNumber  = "11010519491231002X"
	mistyped = "110105194912310020"
)

// TestNumbersCovered: whoever gets ID numbers masked gets none that stands in a text or a
// name either, of whatever kind and by whatever way the answer comes.
func TestNumbersCovered(t *testing.T) {
	t.Parallel()
	a := newAsks(t)
	said := func(kind, id string, fields map[string]change.Value) *change.Change {
		return &change.Change{Kind: kind, Record: kit.Name(kit.First, kind, id), At: 1, Actor: "clerk", Fields: change.FieldsOf(fields)}
	}
	text := change.Text
	post := said("vacancy", "1", map[string]change.Value{"employer_name": text("店主 " + aNumber), "occupation_name": text("店员" + mistyped), "duties": text("找110105-19491231-002X"), "state": text("1")})
	who := said("person", "7", map[string]change.Value{"name": text("王" + aNumber), "remark": text(mistyped), "status": text("4"), "labour_ability": text("1"), "job_wish": text("1")})
	seeks := said("job_seeking", "7", map[string]change.Value{"person": text(string(who.Record)), "on": text("2026-11-01")})
	a.MustForger(t, kit.First).MustSay(t, a.city.Replica, kit.First, post, who, seeks)
	aim := &change.Change{Kind: "target", Record: kit.Name(kit.City, "target", "1"), At: 1, Fields: change.FieldsOf(map[string]change.Value{"year": change.Int(2027), "line": text("02"), "measure": text("1"),
		"for_unit": text(string(kit.First.ID)), "amount": change.Int(5), "responsible": text("李" + aNumber), "operator": text(mistyped), "line_name": text(aNumber)})}
	kit.MustWrite(t, a.city.Replica, aim)
	for name, full := range map[string]bool{"masked": false, "whole": true} {
		issued, err := a.city.Root.AddProgram(t.Context(), root.ProgramOrder{Name: name, Unit: kit.City.Code, Kinds: []string{"*"}, Purpose: "placement", Full: full})
		must(t, err)
		a.tokens[name] = issued.Token
	}
	kit.MustAwait(t, "the view follows", func() bool {
		return a.rows(a.city, "vacancy", "")+a.rows(a.city, "job_seeking", "")+a.rows(a.city, "target", "") == 3
	})
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPost, "/v1/kinds/vacancy:query", "{}"},
		{http.MethodPost, "/v1/kinds/person:query", `{"select":["name","remark"]}`},
		{http.MethodPost, "/v1/kinds/target:query", "{}"},
		{http.MethodPost, "/v1/kinds/vacancy:count", `{"group_by":["employer_name"]}`},
		{http.MethodPost, "/v1/stream/vacancy", "{}"},
		{http.MethodPost, "/v1/watch/vacancy", `{"until_now":true}`},
		{http.MethodGet, "/v1/files/vacancy.csv", ""},
		{http.MethodGet, "/v1/kinds/vacancy/records/" + string(post.Record), ""},
		{http.MethodGet, "/v1/kinds/vacancy/records/" + string(post.Record) + "/history", ""},
		{http.MethodGet, "/v1/kinds/person/records/" + string(who.Record) + "/history", ""},
		{http.MethodGet, "/v1/targets?on=2027", ""},
		{http.MethodGet, "/v1/match/vacancy/" + string(post.Record) + "?all=true", ""},
		{http.MethodGet, "/v1/match/person/" + string(who.Record) + "?all=true", ""},
	} {
		status, body := a.rest(t, "city", "masked", c.method, c.path, c.body)
		if status != http.StatusOK || !strings.Contains(body, "110105****") {
			t.Errorf("%s: got %d, and nothing masked in %s", c.path, status, body)
		}
		for _, number := range []string{"19491231", "1949-12-31"} {
			if strings.Contains(body, number) {
				t.Errorf("%s: a number is shown: %s", c.path, body)
			}
		}
		status, body = a.rest(t, "city", "whole", c.method, c.path, c.body)
		if isMatch := strings.HasPrefix(c.path, "/v1/match/"); status != http.StatusOK || strings.Contains(body, "19491231") == isMatch {
			t.Errorf("%s, in full: got %d %s", c.path, status, body)
		}
	}
}
