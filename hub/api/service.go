package api

import (
	"context"
	"strings"
	"time"

	"tongbu/hub/api/rows"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/schema"
	pb "tongbu/proto/tongbu/query/v1"
)

// service is QueryService for the program in the context of each call.
type service struct {
	pb.UnimplementedQueryServiceServer
	hub      Hub
	partTime time.Duration
}

// send sends a part of a stream over gRPC. A caller that reads none of it for too long
// is cut off: nobody else would end a call whose line is alive.
func (s *service) send(ctx context.Context, part func() error) error {
	if line, ok := ctx.Value(deadlinesKey{}).(*deadlines); ok {
		line.set(time.Now().Add(s.partTime))
		defer line.set(time.Time{}) // it may be long until the next
	}
	return part()
}

// maxFilter bounds the texts of a question, in bytes: a filter that costs as much as one
// may is shorter.
const maxFilter = 64 << 10

// question makes a question of a request's parts. It returns what the hub says of the
// scope.
func (s *service) question(ctx context.Context, q question.Question, scope string) (question.Question, error) {
	if len(q.Filter) > maxFilter || len(q.OrderBy) > maxFilter || len(q.GroupBy) > maxFilter {
		return q, fault.New(fault.Invalid, "a text of the question is longer than %d bytes", maxFilter).WithHint("ask in parts")
	}
	p := programOf(ctx)
	unit, err := s.hub.Scope(p, scope)
	q.Scope, q.Device, q.Operator, q.Purpose = unit, lineOf(ctx), operatorOf(p.Name), purposeOf(p.Purpose, q.Purpose)
	return q, err
}

// operatorOf is what the audit log calls a program among the people who ask.
func operatorOf(name string) string { return "program " + name }

// purposeOf is what the city has let the program in for, and what it says itself.
func purposeOf(granted, said string) string {
	if said == "" || said == granted {
		return granted
	}
	return granted + ": " + said
}

// kindOf is the kind that the program names, if it may see it.
func (s *service) kindOf(ctx context.Context, name string) (*schema.Kind, error) {
	return s.hub.Kind(programOf(ctx), name)
}

// Query implements pb.QueryServiceServer.
func (s *service) Query(ctx context.Context, r *pb.QueryRequest) (*pb.QueryResponse, error) {
	k, err := s.kindOf(ctx, r.GetKind())
	if err != nil {
		return nil, toStatus(err)
	}
	q, err := s.question(ctx, question.Question{Kind: k.Name, Filter: r.GetFilter(), OrderBy: r.GetOrderBy(), Select: r.GetSelect(),
		PageSize: int(r.GetPageSize()), PageToken: r.GetPageToken(), Total: r.GetTotal(), Labels: r.GetLabels(), Purpose: r.GetPurpose()}, r.GetScope())
	if err != nil {
		return nil, toStatus(err)
	}
	a, err := s.hub.Ask(ctx, programOf(ctx), q)
	if err != nil {
		return nil, toStatus(err)
	}
	all, err := rows.Of(a.Rows)
	if err != nil {
		return nil, toStatus(err)
	}
	return &pb.QueryResponse{Columns: rows.Columns(a.Columns, k), Rows: all, NextPageToken: a.NextPageToken, Coverage: rows.CoverageOf(a.Coverage),
		Total: a.Total, Moved: a.Moved}, nil
}

// Count implements pb.QueryServiceServer.
func (s *service) Count(ctx context.Context, r *pb.CountRequest) (*pb.CountResponse, error) {
	k, err := s.kindOf(ctx, r.GetKind())
	if err != nil {
		return nil, toStatus(err)
	}
	q, err := s.question(ctx, question.Question{Kind: k.Name, Filter: r.GetFilter(), GroupBy: strings.Join(r.GetGroupBy(), ","),
		PageSize: int(r.GetPageSize()), PageToken: r.GetPageToken(), Labels: r.GetLabels(), Purpose: r.GetPurpose()}, r.GetScope())
	if err != nil {
		return nil, toStatus(err)
	}
	q.Total = true
	whole := q.GroupBy == "" // one count of all
	if whole {
		q.PageSize, q.Select = 1, []string{"unit"}
	}
	a, err := s.hub.Ask(ctx, programOf(ctx), q)
	if err != nil {
		return nil, toStatus(err)
	}
	if whole {
		a.Columns, a.Rows, a.NextPageToken = []question.Column{{Name: "count", Type: question.Integer}}, []question.Row{{change.Int(*a.Total)}}, ""
		a.Total = new(int64)
		*a.Total = 1 // row
	}
	all, err := rows.Of(a.Rows)
	if err != nil {
		return nil, toStatus(err)
	}
	return &pb.CountResponse{Columns: rows.Columns(a.Columns, k), Rows: all, NextPageToken: a.NextPageToken, Coverage: rows.CoverageOf(a.Coverage), Moved: a.Moved, Total: a.Total}, nil
}

// Stream implements pb.QueryServiceServer.
func (s *service) Stream(r *pb.StreamRequest, to pb.QueryService_StreamServer) error {
	ctx := to.Context()
	k, err := s.kindOf(ctx, r.GetKind())
	if err != nil {
		return toStatus(err)
	}
	q, err := s.streamed(ctx, k, r)
	if err != nil {
		return toStatus(err)
	}
	return toStatus(s.hub.AskAll(ctx, programOf(ctx), q, func(_ context.Context, part question.Part) error {
		m := &pb.StreamResponse{}
		if part.Columns != nil {
			m.Columns = rows.Columns(part.Columns, k)
		}
		if part.End != nil {
			m.End = &pb.End{Rows: part.End.Rows, Coverage: rows.CoverageOf(part.End.Coverage)}
		}
		all, err := rows.Of(part.Rows)
		if err != nil {
			return err
		}
		m.Rows = all
		return s.send(ctx, func() error { return to.Send(m) })
	}))
}

// streamed is the question of a stream.
func (s *service) streamed(ctx context.Context, k *schema.Kind, r *pb.StreamRequest) (question.Question, error) {
	return s.question(ctx, question.Question{Kind: k.Name, Filter: r.GetFilter(), OrderBy: r.GetOrderBy(), Select: r.GetSelect(),
		GroupBy: strings.Join(r.GetGroupBy(), ","), Labels: r.GetLabels(), Purpose: r.GetPurpose()}, r.GetScope())
}

// toStatus is the failure as gRPC tells it.
func toStatus(err error) error {
	if err == nil {
		return nil
	}
	return statusOf(err).Err()
}
