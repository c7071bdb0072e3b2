package api

import (
	"context"
	"encoding/json"

	"tongbu/hub/api/rows"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// GetRecord implements pb.QueryServiceServer: a void record too.
func (s *service) GetRecord(ctx context.Context, r *pb.GetRecordRequest) (*pb.GetRecordResponse, error) {
	k, err := s.kindOf(ctx, r.GetKind())
	if err != nil {
		return nil, toStatus(err)
	}
	missing := fault.New(fault.NotFound, "no such %s here", k.Name).WithHint("give the id as an answer shows it")
	if change.RecordID(r.GetId()).ValidateName() != nil {
		return nil, toStatus(missing)
	}
	q, err := s.question(ctx, question.Question{Kind: k.Name, Filter: filter.OneRecord(k, change.RecordID(r.GetId())), PageSize: 1, Labels: r.GetLabels(), Purpose: r.GetPurpose()}, "")
	if err != nil {
		return nil, toStatus(err)
	}
	a, err := s.hub.Ask(ctx, programOf(ctx), q)
	if err != nil {
		return nil, toStatus(err)
	}
	if len(a.Rows) == 0 {
		return nil, toStatus(missing)
	}
	all, err := rows.Of(a.Rows[:1])
	if err != nil {
		return nil, toStatus(err)
	}
	return &pb.GetRecordResponse{Columns: rows.Columns(a.Columns, k), Row: all[0], Coverage: rows.CoverageOf(a.Coverage)}, nil
}

// History implements pb.QueryServiceServer.
func (s *service) History(ctx context.Context, r *pb.HistoryRequest) (*pb.HistoryResponse, error) {
	k, err := s.kindOf(ctx, r.GetKind())
	if err != nil {
		return nil, toStatus(err)
	}
	p := programOf(ctx)
	scope, err := s.hub.Scope(p, "")
	if err != nil {
		return nil, toStatus(err)
	}
	coverage, err := s.hub.Coverage(ctx, p, scope)
	if err != nil {
		return nil, toStatus(err)
	}
	past, err := s.hub.Past(ctx, p, Looked{Kind: k, ID: change.RecordID(r.GetId()), Operator: operatorOf(p.Name), Purpose: purposeOf(p.Purpose, r.GetPurpose())})
	if err != nil {
		return nil, toStatus(err)
	}
	m := &pb.HistoryResponse{Coverage: rows.CoverageOf(coverage)}
	for _, c := range past {
		fields := map[string]string{}
		for name, value := range c.Fields {
			raw, err := json.Marshal(value)
			if err != nil {
				return nil, toStatus(fault.As(fault.Internal, "write a change", err))
			}
			fields[name] = string(raw)
		}
		m.Changes = append(m.Changes, &pb.Past{At: c.At, Actor: c.Actor, Entered: c.Entered, Unit: c.Unit, Device: string(c.Device), State: c.State, Fields: fields})
	}
	return m, nil
}
