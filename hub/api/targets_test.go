package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// twoTargets answers with a count that is split and with a rate without a figure.
func twoTargets(ctx context.Context, _ question.Question, tell question.Tell) error {
	columns := []question.Column{{Name: "unit", Type: question.Text}, {Name: "amount", Type: question.Integer}, {Name: "done", Type: question.Integer}, {Name: "days_gone", Type: question.Integer}, {Name: "days", Type: question.Integer},
		{Name: "state", Type: question.Text}, {Name: "parts", Type: question.Integer}, {Name: "parts_sum", Type: question.Integer}, {Name: "parts_difference", Type: question.Integer}, {Name: "without", Type: question.Set}, {Name: "responsible", Type: question.Text}, {Name: "notes", Type: question.Set}}
	if err := tell(ctx, question.Part{Columns: columns}); err != nil {
		return err
	}
	rows := []question.Row{
		{change.Text("990101001000"), change.Int(9), change.Int(6), change.Int(73), change.Int(365), change.Text("ahead"), change.Int(1), change.Int(4), change.Int(-5), change.Set([]string{"990101001001"}), change.Text("王"), change.Set([]string{"parts_short"})},
		{change.Text("990101001001"), change.Int(4), question.Absent, change.Int(0), change.Int(365), change.Text("no_figure"), change.Int(0), question.Absent, question.Absent, question.Absent, question.Absent, question.Absent},
	}
	if err := tell(ctx, question.Part{Rows: rows}); err != nil {
		return err
	}
	return tell(ctx, question.Part{End: &question.End{Rows: 2, Coverage: covered()}})
}

// TestTargets: the same targets over gRPC and HTTP, with who answers for them.
func TestTargets(t *testing.T) {
	p := open(t)
	p.set(func(h *hub) { h.askAll = twoTargets })
	stub, _ := p.stub()
	got, err := stub.Targets(with(t.Context(), "Bearer "+token), &pb.TargetsRequest{Line: "02", On: "2026", ByPerson: true, Scope: "990101001000"})
	must(t, err)
	if r := got.GetRows(); len(r) != 2 || r[0].GetShare() != 0.6667 || r[0].GetGone() != 0.2 || r[0].GetPartsDifference() != -5 || len(r[0].GetWithout()) != 1 || r[1].Done != nil || r[1].Share != nil || r[1].PartsSum != nil || got.GetOn() != "2026-03-01" {
		t.Errorf("got %v", got)
	}
	if people := got.GetPeople(); len(people) != 2 || people[0].GetResponsible() != "王" || people[0].GetStates()["ahead"] != 1 || people[1].GetTargets() != 1 {
		t.Errorf("got %v", got.GetPeople())
	}
	asked := p.last()
	if asked.Kind != question.Targets || !slices.Equal(asked.Select, []string{"02"}) || asked.GroupBy != question.Responsible || asked.Day != "2026" || asked.Scope == "" {
		t.Errorf("asked %+v", asked)
	}
	rest := p.call(http.MethodGet, "/v1/targets?on=2026&by_person=true", "")
	var m struct {
		On     string
		Rows   []question.Target
		People []struct{ States map[string]int }
	}
	must(t, json.Unmarshal(rest.body, &m))
	if len(m.Rows) != 2 || *m.Rows[0].Share != 0.6667 || m.Rows[0].Notes[0] != "parts_short" || m.Rows[1].Notes == nil || m.Rows[1].Done != nil || m.On != "2026-03-01" || len(m.People) != 2 || m.People[0].States["ahead"] != 1 {
		t.Errorf("got %s", rest.body)
	}
	describedBy(p).validate("/v1/targets", "get", "200", rest)
	wantProblem(t, "a part that means nothing", p.call(http.MethodGet, "/v1/targets?filter=x", ""), http.StatusBadRequest, fault.Invalid)
}
