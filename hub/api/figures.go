package api

import (
	"context"

	"tongbu/hub/api/rows"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	pb "tongbu/proto/tongbu/query/v1"
)

// maxFigures bounds an answer about indicators: some megabytes.
const maxFigures = 8000

// Indicators implements pb.QueryServiceServer.
func (s *service) Indicators(ctx context.Context, r *pb.IndicatorsRequest) (*pb.IndicatorsResponse, error) {
	q, err := s.question(ctx, question.Question{Kind: question.Indicators, GroupBy: r.GetBy(), Day: r.GetOn(), Purpose: r.GetPurpose()}, r.GetScope())
	if err != nil {
		return nil, toStatus(err)
	}
	if r.GetIndicator() != "" {
		q.Select = []string{r.GetIndicator()}
	}
	m, a := &pb.IndicatorsResponse{}, &question.Answer{}
	err = s.hub.AskAll(ctx, programOf(ctx), q, func(_ context.Context, part question.Part) error {
		if part.Columns != nil {
			a.Columns = part.Columns
		}
		if part.End != nil {
			m.On, m.Coverage = part.End.Coverage.Today, rows.CoverageOf(part.End.Coverage)
		}
		if len(m.Rows)+len(part.Rows) > maxFigures {
			return fault.New(fault.Invalid, "there are more than %d figures", maxFigures).WithHint("ask for fewer indicators, for a wider tier or a smaller scope")
		}
		for _, row := range part.Rows {
			m.Rows = append(m.Rows, figureMessage(a.FigureOf(row)))
		}
		return nil
	})
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
