package wire

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/v1"
)

// Limits of a question, in bytes and parts.
const (
	maxQuestion = 8 << 10
	maxSelect   = 256
)

// ToQuestion returns the transport form of a question.
func ToQuestion(q question.Question) *pb.QueryRequest {
	return &pb.QueryRequest{Kind: q.Kind, Filter: q.Filter, OrderBy: q.OrderBy, Select: q.Select, GroupBy: q.GroupBy,
		PageSize: int32(min(max(q.PageSize, 0), 1<<20)), PageToken: q.PageToken, Scope: string(q.Scope), Day: q.Day,
		Device: string(q.Device), Operator: q.Operator, Purpose: q.Purpose, Total: q.Total, Labels: q.Labels}
}

// FromQuestion reads a question; it returns Invalid when a part is over its
// limit or malformed.
func FromQuestion(p *pb.QueryRequest) (question.Question, error) {
	q := question.Question{Kind: p.GetKind(), Filter: p.GetFilter(), OrderBy: p.GetOrderBy(), Select: p.GetSelect(),
		GroupBy: p.GetGroupBy(), PageSize: int(p.GetPageSize()), PageToken: p.GetPageToken(), Scope: change.UnitID(p.GetScope()), Day: p.GetDay(),
		Device: change.DeviceID(p.GetDevice()), Operator: p.GetOperator(), Purpose: p.GetPurpose(),
		Total: p.GetTotal(), Labels: p.GetLabels()}
	if err := atMost("a list of fields", len(q.Select), maxSelect); err != nil {
		return q, err
	}
	if err := atMost("a question", textOf(&q), maxQuestion); err != nil || q.Scope == "" {
		return q, err
	}
	return q, q.Scope.Validate()
}

// textOf is the total length of the texts of a question, in bytes.
func textOf(q *question.Question) int {
	n := len(q.Kind) + len(q.Filter) + len(q.OrderBy) + len(q.GroupBy) + len(q.PageToken) + len(q.Day) + len(q.Device) + len(q.Operator) + len(q.Purpose)
	for _, field := range q.Select {
		n += len(field)
	}
	return n
}

// ToAnswer returns the transport form of an answer. It returns Internal for one
// that JSON has no form for.
func ToAnswer(a *question.Answer) (*pb.QueryResponse, error) {
	raw, err := a.MarshalJSON()
	return &pb.QueryResponse{Answer: raw}, err
}

// FromAnswer reads an answer, which may be an older or a later hub's; it
// returns Invalid for what is none.
func FromAnswer(p *pb.QueryResponse) (*question.Answer, error) {
	a, err := question.ParseAnswer(p.GetAnswer())
	if err != nil {
		return nil, fault.Wrap("what the hub answered", err)
	}
	a.AsReceived = p.GetAnswer()
	return a, nil
}

// EachPart calls send for the transport forms of a part: its rows may be too many for
// one. It returns Internal for what JSON has no form for, and what send returns.
func EachPart(columns []question.Column, part question.Part, send func(*pb.QueryAllResponse) error) error {
	return part.Each(columns, func(raw []byte) error { return send(&pb.QueryAllResponse{Part: raw}) })
}
