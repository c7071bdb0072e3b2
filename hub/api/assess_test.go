package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// twoCriteria answers with a rate of a street and a criterion without a figure of a community.
func twoCriteria(ctx context.Context, _ question.Question, tell question.Tell) error {
	columns := []question.Column{{Name: "unit", Type: question.Text}, {Name: "numerator", Type: question.Integer}, {Name: "denominator", Type: question.Integer}, {Name: "bar", Type: question.Integer}, {Name: "veto", Type: question.Boolean},
		{Name: "state", Type: question.Text}, {Name: "verdict", Type: question.Text}, {Name: "communities", Type: question.Integer}, {Name: "passed", Type: question.Integer}, {Name: "open", Type: question.Integer}, {Name: "share_target", Type: question.Integer}}
	if err := tell(ctx, question.Part{Columns: columns}); err != nil {
		return err
	}
	rows := []question.Row{
		{change.Text("990101001000"), change.Int(2), change.Int(3), change.Int(95), change.Bool(true), change.Text("not_met"), change.Text("vetoed"), change.Int(3), change.Int(1), change.Int(0), change.Int(60)},
		{change.Text("990101001001"), question.Absent, question.Absent, change.Int(0), change.Bool(false), change.Text("no_figure"), change.Text("open"), question.Absent, question.Absent, question.Absent, question.Absent},
	}
	if err := tell(ctx, question.Part{Rows: rows}); err != nil {
		return err
	}
	return tell(ctx, question.Part{End: &question.End{Rows: 2, Coverage: covered()}})
}

// TestAssess: the same assessment over gRPC and HTTP.
func TestAssess(t *testing.T) {
	p := open(t)
	p.set(func(h *hub) { h.askAll = twoCriteria })
	stub, _ := p.stub()
	got, err := stub.Assess(with(t.Context(), "Bearer "+token), &pb.AssessRequest{Pack: "second", On: "2026-01-01", Scope: "990101001000"})
	must(t, err)
	if r := got.GetRows(); len(r) != 2 || r[0].GetValue() != 0.6667 || !r[0].GetVeto() || r[0].GetCommunities() != 3 || r[1].Value != nil || r[1].Numerator != nil || r[1].Passed != nil || got.GetOn() != "2026-03-01" {
		t.Errorf("got %v", got)
	}
	asked := p.last()
	if asked.Kind != question.Assessment || !slices.Equal(asked.Select, []string{"second"}) || asked.Day != "2026-01-01" || asked.Scope == "" {
		t.Errorf("asked %+v", asked)
	}
	rest := p.call(http.MethodGet, "/v1/assessment?pack=second", "")
	var m struct {
		On   string
		Rows []question.Assessed
	}
	must(t, json.Unmarshal(rest.body, &m))
	if len(m.Rows) != 2 || *m.Rows[0].Value != 0.6667 || *m.Rows[0].Target != 60 || m.Rows[1].Value != nil || m.Rows[1].Of != nil || m.On != "2026-03-01" {
		t.Errorf("got %s", rest.body)
	}
	describedBy(p).validate("/v1/assessment", "get", "200", rest)
}
