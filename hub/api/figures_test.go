package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// figuresOf answers with n figures: a rate, a rate of nobody and a count, again and again.
func figuresOf(n int) func(context.Context, question.Question, question.Tell) error {
	var columns []question.Column
	for _, name := range []string{"unit", "name", "indicator", "group"} {
		columns = append(columns, question.Column{Name: name, Type: question.Text})
	}
	columns = append(columns, question.Column{Name: "numerator", Type: question.Integer}, question.Column{Name: "denominator", Type: question.Integer}, question.Column{Name: "basis", Type: question.Text})
	return func(ctx context.Context, _ question.Question, tell question.Tell) error {
		if err := tell(ctx, question.Part{Columns: columns}); err != nil {
			return err
		}
		for i := range n {
			of := []change.Value{change.Int(3), change.Int(0), question.Absent}[i%3]
			row := question.Row{change.Text("990101001001"), change.Text("湖滨社区"), change.Text("x"), change.Text("all"), change.Int(int64(2 * (1 - i%3%2))), of, change.Text("按人计")}
			if err := tell(ctx, question.Part{Rows: []question.Row{row}}); err != nil {
				return err
			}
		}
		return tell(ctx, question.Part{End: &question.End{Rows: int64(n), Coverage: covered()}})
	}
}

// TestIndicators: the same figures over gRPC and HTTP, in the form of the command line.
func TestIndicators(t *testing.T) {
	p := open(t)
	p.set(func(h *hub) { h.askAll = figuresOf(3) })
	stub, _ := p.stub()
	ctx := with(t.Context(), "Bearer "+token)
	got, err := stub.Indicators(ctx, &pb.IndicatorsRequest{Indicator: "x/all", By: "community", On: "2026-01-01", Scope: "990101001000"})
	must(t, err)
	if f := got.GetRows(); len(f) != 3 || f[0].GetValue() != 0.6667 || f[1].Value != nil || f[1].GetDenominator() != 0 || f[2].Denominator != nil || f[2].GetValue() != 2 || got.GetOn() != "2026-03-01" {
		t.Errorf("got %v", got)
	}
	asked := p.last()
	if asked.Kind != question.Indicators || !slices.Equal(asked.Select, []string{"x/all"}) || asked.GroupBy != "community" || asked.Day != "2026-01-01" || asked.Scope == "" {
		t.Errorf("asked %+v", asked)
	}
	rest := p.call(http.MethodGet, "/v1/indicators?indicator=x/all&by=community", "")
	var m struct {
		On   string
		Rows []struct {
			Numerator   int64
			Denominator *int64
			Value       *float64
		}
		Coverage map[string]any
	}
	must(t, json.Unmarshal(rest.body, &m))
	if len(m.Rows) != 3 || *m.Rows[0].Value != 0.6667 || m.Rows[1].Value != nil || *m.Rows[1].Denominator != 0 || m.Rows[2].Denominator != nil || m.On != "2026-03-01" || m.Coverage["units"] == nil {
		t.Errorf("got %s", rest.body)
	}
	describedBy(p).validate("/v1/indicators", "get", "200", rest)
	wantProblem(t, "a part that means nothing", p.call(http.MethodGet, "/v1/indicators?filter=x", ""), http.StatusBadRequest, fault.Invalid)

	p.set(func(h *hub) { h.askAll = figuresOf(8001) })
	if _, err := stub.Indicators(ctx, &pb.IndicatorsRequest{}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("more figures than an answer has: got %v", err)
	}
}
