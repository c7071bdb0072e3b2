package api

import (
	"context"

	"tongbu/hub/api/rows"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/targets"
	pb "tongbu/proto/tongbu/query/v1"
)

// Targets implements pb.QueryServiceServer.
func (s *service) Targets(ctx context.Context, r *pb.TargetsRequest) (*pb.TargetsResponse, error) {
	q := question.Question{Kind: question.Targets, Day: r.GetOn(), Purpose: r.GetPurpose()}
	if r.GetLine() != "" {
		q.Select = []string{r.GetLine()}
	}
	if r.GetByPerson() {
		q.GroupBy = question.Responsible
	}
	m := &pb.TargetsResponse{}
	var answered []targets.Answered
	err := s.askComputed(ctx, q, r.GetScope(), func(a *question.Answer, row question.Row) {
		t := a.TargetOf(row)
		m.Rows = append(m.Rows, targetMessage(t))
		answered = append(answered, targets.Answered{Responsible: t.Responsible, State: targets.State(t.State)})
	}, func(c question.Coverage) { m.On, m.Coverage = c.Today, rows.CoverageOf(c) })
	if err != nil {
		return nil, toStatus(err)
	}
	for _, p := range targets.People(answered) {
		of := &pb.Answerable{Responsible: p.Name, Targets: int64(p.Targets), States: map[string]int64{}}
		for state, n := range p.States {
			of.States[string(state)] = int64(n)
		}
		m.People = append(m.People, of)
	}
	return m, nil
}

// askComputed asks for what is computed, all at once: it calls add for each row, and end
// with the coverage.
func (s *service) askComputed(ctx context.Context, q question.Question, scope string, add func(*question.Answer, question.Row), end func(question.Coverage)) error {
	q, err := s.question(ctx, q, scope)
	if err != nil {
		return err
	}
	a, n := &question.Answer{}, 0
	return s.hub.AskAll(ctx, programOf(ctx), q, func(_ context.Context, part question.Part) error {
		if part.Columns != nil {
			a.Columns = part.Columns
		}
		if part.End != nil {
			end(part.End.Coverage)
		}
		if n += len(part.Rows); n > maxFigures {
			return fault.New(fault.Invalid, "there are more than %d figures", maxFigures).WithHint("ask for fewer indicators, for a wider tier or a smaller scope")
		}
		for _, row := range part.Rows {
			add(a, row)
		}
		return nil
	})
}

func targetMessage(t question.Target) *pb.Target {
	return &pb.Target{Unit: t.Unit, Name: t.Name, Target: t.Target, Line: t.Line, LineName: t.LineName, Measure: t.Measure, Amount: t.Amount, Indicator: t.Indicator,
		Done: t.Done, Denominator: t.Denominator, Share: t.Share, DueOn: t.DueOn, DaysGone: t.DaysGone, Days: t.Days, Gone: t.Gone, State: t.State, PartOf: t.PartOf,
		Parts: t.Parts, PartsSum: t.PartsSum, PartsDifference: t.Difference, Without: t.Without, Responsible: t.Responsible, Operator: t.Operator, Notes: t.Notes, Basis: t.Basis}
}

// targetsJSON writes targets in the form of the command line.
func targetsJSON(m *pb.TargetsResponse) ([]byte, error) {
	all, people := []question.Target{}, []targets.Person{}
	for _, t := range m.GetRows() {
		all = append(all, question.Target{Unit: t.GetUnit(), Name: t.GetName(), Target: t.GetTarget(), Line: t.GetLine(), LineName: t.GetLineName(), Measure: t.GetMeasure(), Amount: t.GetAmount(), Indicator: t.GetIndicator(),
			Done: t.Done, Denominator: t.Denominator, Share: t.Share, DueOn: t.GetDueOn(), DaysGone: t.GetDaysGone(), Days: t.GetDays(), Gone: t.GetGone(), State: t.GetState(), PartOf: t.GetPartOf(),
			Parts: t.GetParts(), PartsSum: t.PartsSum, Difference: t.PartsDifference, Without: noneNull(t.GetWithout()), Responsible: t.GetResponsible(), Operator: t.GetOperator(), Notes: noneNull(t.GetNotes()), Basis: t.GetBasis()})
	}
	for _, p := range m.GetPeople() {
		of := targets.Person{Name: p.GetResponsible(), Targets: int(p.GetTargets()), States: map[targets.State]int{}}
		for state, n := range p.GetStates() {
			of.States[targets.State(state)] = int(n)
		}
		people = append(people, of)
	}
	return encode(map[string]any{"on": m.GetOn(), "rows": all, "people": people, "coverage": rows.ReadCoverage(m.GetCoverage())})
}

// noneNull is a list that JSON writes as one, also where it is empty.
func noneNull(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}
