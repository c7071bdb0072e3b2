package api

import (
	"context"

	"tongbu/hub/api/rows"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// Assess implements pb.QueryServiceServer.
func (s *service) Assess(ctx context.Context, r *pb.AssessRequest) (*pb.AssessResponse, error) {
	q := question.Question{Kind: question.Assessment, Day: r.GetOn(), Purpose: r.GetPurpose()}
	if r.GetPack() != "" {
		q.Select = []string{r.GetPack()}
	}
	m := &pb.AssessResponse{}
	err := s.askComputed(ctx, q, r.GetScope(), func(a *question.Answer, row question.Row) {
		m.Rows = append(m.Rows, assessedMessage(a.AssessedOf(row)))
	},
		func(c question.Coverage) { m.On, m.Coverage = c.Today, rows.CoverageOf(c) })
	if err != nil {
		return nil, toStatus(err)
	}
	return m, nil
}

func assessedMessage(s question.Assessed) *pb.Assessed {
	return &pb.Assessed{Unit: s.Unit, Name: s.Name, Tier: s.Tier, Criterion: s.Criterion, Indicator: s.Indicator, Numerator: s.Numerator, Denominator: s.Denominator, Value: s.Value,
		Most: s.Most, Bar: s.Bar, Veto: s.Veto, State: s.State, Verdict: s.Verdict, Communities: s.Of, Passed: s.Passed, Open: s.Open, ShareTarget: s.Target, Pack: s.Pack}
}

// assessedJSON writes an assessment in the form of the command line.
func assessedJSON(m *pb.AssessResponse) ([]byte, error) {
	all := []question.Assessed{}
	for _, s := range m.GetRows() {
		all = append(all, question.Assessed{Unit: s.GetUnit(), Name: s.GetName(), Tier: s.GetTier(), Criterion: s.GetCriterion(), Indicator: s.GetIndicator(), Numerator: s.Numerator, Denominator: s.Denominator, Value: s.Value,
			Most: s.GetMost(), Bar: s.GetBar(), Veto: s.GetVeto(), State: s.GetState(), Verdict: s.GetVerdict(), Of: s.Communities, Passed: s.Passed, Open: s.Open, Target: s.ShareTarget, Pack: s.GetPack()})
	}
	return encode(map[string]any{"on": m.GetOn(), "rows": all, "coverage": rows.ReadCoverage(m.GetCoverage())})
}
