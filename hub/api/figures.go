package api

import (
	"context"

	"tongbu/hub/api/rows"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// maxFigures bounds an answer about indicators: some megabytes.
const maxFigures = 8000

// Indicators implements pb.QueryServiceServer.
func (s *service) Indicators(ctx context.Context, r *pb.IndicatorsRequest) (*pb.IndicatorsResponse, error) {
	q := question.Question{Kind: question.Indicators, GroupBy: r.GetBy(), Day: r.GetOn(), Purpose: r.GetPurpose()}
	if r.GetIndicator() != "" {
		q.Select = []string{r.GetIndicator()}
	}
	m := &pb.IndicatorsResponse{}
	err := s.askComputed(ctx, q, r.GetScope(), func(a *question.Answer, row question.Row) { m.Rows = append(m.Rows, figureMessage(a.FigureOf(row))) },
		func(c question.Coverage) { m.On, m.Coverage = c.Today, rows.CoverageOf(c) })
	if err != nil {
		return nil, toStatus(err)
	}
	return m, nil
}

func figureMessage(f question.Figure) *pb.Figure {
	return &pb.Figure{Unit: f.Unit, Name: f.Name, Indicator: f.Indicator, Group: f.Group, Numerator: f.Numerator, Denominator: f.Denominator, Value: f.Value, Basis: f.Basis}
}

// figuresJSON writes figures in the form of the command line.
func figuresJSON(m *pb.IndicatorsResponse) ([]byte, error) {
	figures := []question.Figure{}
	for _, f := range m.GetRows() {
		figures = append(figures, question.Figure{Unit: f.GetUnit(), Name: f.GetName(), Indicator: f.GetIndicator(), Group: f.GetGroup(),
			Numerator: f.GetNumerator(), Denominator: f.Denominator, Value: f.Value, Basis: f.GetBasis()})
	}
	return encode(map[string]any{"on": m.GetOn(), "rows": figures, "coverage": rows.ReadCoverage(m.GetCoverage())})
}
