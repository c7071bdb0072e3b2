package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/api"
	"tongbu/hub/watch"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// asked are the parts of a question that come from whoever asks.
func asked(q question.Question) question.Question {
	q.Operator, q.Device = "", ""
	return q
}

// jsonOf is an answer as everybody writes it.
func jsonOf(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return string(raw)
}

// TestOneAnswer: a page is the same over gRPC and HTTP, and so is what is asked.
func TestOneAnswer(t *testing.T) {
	p := open(t)
	q := question.Question{Kind: "person", Filter: `sex = "1"`, OrderBy: "name desc", Select: []string{"id", "name"}, PageSize: 7, PageToken: "tok", Total: true, Labels: true,
		Scope: "990101001000", Purpose: "a check"}
	got, err := p.client().Query(t.Context(), q)
	must(t, err)
	over := asked(p.last())
	want := pageOf()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("over gRPC (-want +got):\n%s", diff)
	}
	rest := p.call(http.MethodPost, "/v1/kinds/person:query",
		`{"filter":"sex = \"1\"","order_by":"name desc","select":["id","name"],"page_size":7,"page_token":"tok","total":true,"labels":true,"scope":"990101001000","purpose":"a check"}`)
	if rest.StatusCode != http.StatusOK || rest.Header.Get("Content-Type") != "application/json" || rest.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %d %v", rest.StatusCode, rest.Header)
	}
	if diff := cmp.Diff(jsonOf(t, want), string(rest.body)); diff != "" {
		t.Errorf("over HTTP (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(over, asked(p.last())); diff != "" {
		t.Errorf("HTTP asks another question (-gRPC +HTTP):\n%s", diff)
	}
	if over.Purpose != "statistics: a check" || over.Scope != "" && string(over.Scope) == "990101001000" {
		t.Errorf("asked with purpose %q in scope %q", over.Purpose, over.Scope)
	}
	if got := p.last().Operator; got != "program stats" {
		t.Errorf("asked by %q", got)
	}
}

// TestLowerCamel: names of fields may be written as Protobuf's JSON has them too.
func TestLowerCamel(t *testing.T) {
	p := open(t)
	if got := p.call(http.MethodPost, "/v1/kinds/person:query", `{"pageSize":7,"orderBy":"name"}`); got.StatusCode != http.StatusOK {
		t.Errorf("got %d %s", got.StatusCode, got.body)
	}
	if q := p.last(); q.PageSize != 7 || q.OrderBy != "name" {
		t.Errorf("asked %+v", q)
	}
}

// TestCounts: groups, and one count of all.
func TestCounts(t *testing.T) {
	p := open(t)
	groups := &question.Answer{Columns: []question.Column{{Name: "sex", Type: question.Text}, {Name: "sex_label", Type: question.Text}, {Name: "count", Type: question.Integer}},
		Rows: []question.Row{{change.Text("1"), change.Text("男"), change.Int(1<<53 + 1)}, {change.Null, change.Null, change.Int(0)}}, NextPageToken: "n", Coverage: covered(), Total: new(int64)}
	*groups.Total = 30
	p.set(func(h *hub) {
		h.ask = func(context.Context, question.Question) (*question.Answer, error) { return groups, nil }
	})
	got, err := p.client().Query(t.Context(), question.Question{Kind: "person", GroupBy: "sex,street", Labels: true})
	must(t, err)
	if diff := cmp.Diff(groups, got); diff != "" {
		t.Error(diff)
	}
	if q := p.last(); q.GroupBy != "sex,street" || !q.Labels || !q.Total {
		t.Errorf("asked %+v", q)
	}
	rest := p.call(http.MethodPost, "/v1/kinds/person:count", `{"group_by":["sex","street"],"labels":true}`)
	if diff := cmp.Diff(jsonOf(t, groups), string(rest.body)); diff != "" {
		t.Error(diff)
	}
	total := int64(1<<53 + 1)
	p.set(func(h *hub) {
		h.ask = func(context.Context, question.Question) (*question.Answer, error) {
			a := pageOf()
			a.Total = &total
			return a, nil
		}
	})
	rest = p.call(http.MethodPost, "/v1/kinds/person:count", "")
	if text := string(rest.body); !strings.HasPrefix(text, `{"rows":[{"count":9007199254740993}],"coverage":`) || !strings.Contains(text, `,"total":1,`) {
		t.Errorf("one count of all: %s", clip(rest.body))
	}
	if q := p.last(); !q.Total || q.GroupBy != "" {
		t.Errorf("asked %+v", q)
	}
}

// TestRecord: one record, by a name that cannot be anything but that.
func TestRecord(t *testing.T) {
	p := open(t)
	one := pageOf()
	one.Rows, one.NextPageToken = one.Rows[:1], ""
	p.set(func(h *hub) {
		h.ask = func(context.Context, question.Question) (*question.Answer, error) { return one, nil }
	})
	rest := p.call(http.MethodGet, "/v1/kinds/person/records/aaaaaaaaaaaaaaaa.p1?labels=true&purpose=why", "")
	var got struct {
		Record   json.RawMessage
		Coverage json.RawMessage
	}
	must(t, json.Unmarshal(rest.body, &got))
	want, err := question.AppendLines(nil, one.Columns, one.Rows)
	must(t, err)
	if string(got.Record) != strings.TrimSpace(string(want)) || string(got.Coverage) != jsonOf(t, covered()) {
		t.Errorf("got %s", rest.body)
	}
	if q := p.last(); q.Filter != `id = "aaaaaaaaaaaaaaaa.p1" AND (valid = "1" OR valid = "0")` || !q.Labels || q.Purpose != "statistics: why" {
		t.Errorf("asked %+v", q)
	}
	stub, _ := p.stub()
	m, err := stub.GetRecord(with(t.Context(), "Bearer "+token), &pb.GetRecordRequest{Kind: "person", Id: "aaaaaaaaaaaaaaaa.p1"})
	must(t, err)
	if len(m.GetColumns()) != len(one.Columns) || m.GetColumns()[1].GetZh() == "" || m.GetColumns()[1].GetEn() == "" {
		t.Errorf("columns %v have no labels", m.GetColumns())
	}
	asked := len(p.asked)
	texts := map[string]bool{}
	for _, id := range []string{`x" OR id != "`, "a.b%22%20OR", "%00", strings.Repeat("a", 500), "nobody.has"} {
		p.set(func(h *hub) {
			h.ask = func(context.Context, question.Question) (*question.Answer, error) {
				return &question.Answer{Columns: one.Columns, Coverage: covered()}, nil
			}
		})
		got := p.call(http.MethodGet, "/v1/kinds/person/records/"+strings.NewReplacer(" ", "%20", `"`, "%22").Replace(id), "")
		pr := wantProblem(t, id, got, http.StatusNotFound, fault.NotFound)
		texts[pr.Detail+pr.Hint] = true
	}
	if len(texts) != 1 {
		t.Errorf("got %v, want one text", texts)
	}
	if n := len(p.asked) - asked; n > 2 {
		t.Errorf("%d questions were asked for what is no name", n)
	}
}

// TestHistory: changes of a record over both.
func TestHistory(t *testing.T) {
	p := open(t)
	p.past = func(q api.Looked) ([]api.Past, error) {
		if q.ID != "p-1" || q.Kind.Name != "person" || q.Purpose != "statistics: why" {
			t.Errorf("asked %+v", q)
		}
		return []api.Past{{At: "d/1", Actor: "李", Entered: "2026-01-01T00:00:00Z", Unit: "990101001001", Device: "d", State: "recorded",
			Fields: map[string]any{"name": "张三", "hardship": []string{"1"}, "monthly_income": int64(1<<53 + 1), "note": nil}}}, nil
	}
	got := p.call(http.MethodGet, "/v1/kinds/person/records/p-1/history?purpose=why", "")
	want := `{"changes":[{"at":"d/1","actor":"李","entered":"2026-01-01T00:00:00Z","unit":"990101001001","device":"d","state":"recorded",` +
		`"fields":{"hardship":["1"],"monthly_income":9007199254740993,"name":"张三","note":null}}],"coverage":` + jsonOf(t, covered()) + `}`
	if string(got.body) != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	stub, _ := p.stub()
	m, err := stub.History(with(t.Context(), "Bearer "+token), &pb.HistoryRequest{Kind: "person", Id: "p-1", Purpose: "why"})
	must(t, err)
	if f := m.GetChanges()[0].GetFields(); f["note"] != "null" || f["monthly_income"] != "9007199254740993" {
		t.Errorf("got %v", f)
	}
}

// TestDescriptions: schema, units and coverage over both.
func TestDescriptions(t *testing.T) {
	p := open(t)
	stub, _ := p.stub()
	ctx := with(t.Context(), "Bearer "+token)
	all, err := stub.Schema(ctx, &pb.SchemaRequest{})
	must(t, err)
	for _, k := range all.GetKinds() {
		if k.GetZh() == "" || k.GetEn() == "" || len(k.GetFields()) == 0 {
			t.Errorf("kind %v is not described", k)
		}
		for _, f := range k.GetFields() {
			if list := f.GetCodeList(); list != "" && !hasList(all, list) {
				t.Errorf("%s.%s: the list %s is not there", k.GetName(), f.GetName(), list)
			}
		}
	}
	one, err := stub.Schema(ctx, &pb.SchemaRequest{Kind: "person"})
	must(t, err)
	if len(one.GetKinds()) != 1 || one.GetKinds()[0].GetName() != "person" || len(one.GetCodeLists()) == 0 || len(one.GetCodeLists()) >= len(all.GetCodeLists()) {
		t.Errorf("got %d kinds, %d lists", len(one.GetKinds()), len(one.GetCodeLists()))
	}
	for _, path := range []string{"/v1/schema/person", "/v1/schema?kind=person"} {
		rest := p.call(http.MethodGet, path, "")
		var m struct {
			Kinds     []struct{ Name string }
			CodeLists []struct{ Name string } `json:"code_lists"`
		}
		must(t, json.Unmarshal(rest.body, &m))
		if len(m.Kinds) != 1 || len(m.CodeLists) != len(one.GetCodeLists()) {
			t.Errorf("%s: %s", path, clip(rest.body))
		}
	}
	units, err := stub.Units(ctx, &pb.UnitsRequest{Scope: "990101001000"})
	must(t, err)
	street := 0 // its place, behind the units above it
	for u := units.GetUnits(); street < len(u) && u[street].GetCode() != "990101001000"; street++ {
		if want := street > 0; want && u[street].GetParentCode() != u[street-1].GetCode() {
			t.Errorf("got %v, want the line from the city down", u)
		}
	}
	if u := units.GetUnits(); street == 0 || len(u) != street+3 || u[0].GetParentCode() != "" || u[street+1].GetParentCode() != "990101001000" {
		t.Errorf("got %v", u)
	}
	p.set(func(h *hub) { h.withheld = "unit" })
	wantProblem(t, "units, of who may not ask for the kind", p.call(http.MethodGet, "/v1/units", ""), http.StatusBadRequest, fault.Invalid)
	p.set(func(h *hub) { h.withheld = "" })
	rest := p.call(http.MethodGet, "/v1/units?scope=990101001000", "")
	if !strings.Contains(string(rest.body), `"parent_code":"990101001000"`) {
		t.Errorf("got %s", rest.body)
	}
	rest = p.call(http.MethodGet, "/v1/coverage", "")
	if string(rest.body) != `{"coverage":`+jsonOf(t, covered())+`}` {
		t.Errorf("got %s", rest.body)
	}
}

func hasList(m *pb.SchemaResponse, name string) bool {
	for _, l := range m.GetCodeLists() {
		if l.GetName() == name {
			return true
		}
	}
	return false
}

// TestWatchForms: what has changed, over both.
func TestWatchForms(t *testing.T) {
	p := open(t)
	a, c := pageOf(), covered()
	p.watch = func(ctx context.Context, w api.Watched, tell watch.Tell) error {
		if w.Position != "here" || !w.UntilNow || w.Question.Kind != "person" || w.Question.Filter != "f" {
			t.Errorf("asked %+v", w)
		}
		if err := tell(ctx, watch.Changed{Columns: a.Columns, Rows: a.Rows, Gone: []change.RecordID{"g"}, Position: "p1"}); err != nil {
			return err
		}
		return tell(ctx, watch.Changed{Subjects: []change.RecordID{"s"}, Position: "p2", Coverage: &c})
	}
	got := p.call(http.MethodPost, "/v1/watch/person", `{"position":"here","filter":"f","until_now":true}`)
	lines, err := question.AppendLines(nil, a.Columns, a.Rows)
	must(t, err)
	rows := strings.ReplaceAll(strings.TrimSpace(string(lines)), "\n", ",")
	want := `{"rows":[` + rows + `],"gone":["g"],"position":"p1"}` + "\n" + `{"subjects":["s"],"position":"p2","coverage":` + jsonOf(t, covered()) + "}\n"
	if string(got.body) != want || got.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	stub, _ := p.stub()
	s, err := stub.Watch(with(t.Context(), "Bearer "+token), &pb.WatchRequest{Kind: "person", Position: "here", Filter: "f", UntilNow: true})
	must(t, err)
	first, err := s.Recv()
	must(t, err)
	second, err := s.Recv()
	must(t, err)
	if len(first.GetRows()) != 2 || first.GetGone()[0] != "g" || second.GetSubjects()[0] != "s" || second.GetCoverage() == nil || second.GetPosition() != "p2" {
		t.Errorf("got %v, %v", first, second)
	}
	p.watch = func(context.Context, api.Watched, watch.Tell) error {
		return fault.New(fault.NotFound, "the position is of a journal that is no more")
	}
	wantProblem(t, "begin again", p.call(http.MethodPost, "/v1/watch/person", `{"position":"x"}`), http.StatusNotFound, fault.NotFound)
}
