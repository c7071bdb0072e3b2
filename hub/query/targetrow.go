package query

import (
	"context"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/targets"
)

// targetFields are the fields that are read of a target.
var targetFields = []string{"year", "line", "line_name", "for_unit", "amount", "measure", "due_on", "part_of", "stretched", "responsible", "operator"}

// readTargets reads the targets of the year that the scope can see.
func (s *Service) readTargets(ctx context.Context, t *targeted) ([]targets.Target, error) {
	rows, err := s.allOf(ctx, &t.figures, t.kind, fmt.Sprintf("year = %d", t.year), targetFields)
	if err != nil {
		return nil, err
	}
	all := make([]targets.Target, len(rows))
	for i, row := range rows {
		all[i] = targetOf(idOf(row), row.Values)
	}
	return all, nil
}

func targetOf(id change.RecordID, values []change.Value) targets.Target {
	text := func(i int) string { return values[i].Text() }
	t := targets.Target{ID: id, Year: values[0].Int(), Line: text(1), LineName: text(2), Unit: change.UnitID(text(3)), Amount: values[4].Int(), Measure: text(5),
		DueOn: text(6), PartOf: change.RecordID(text(7)), Stretched: values[8].Bool(), Responsible: text(9), Operator: text(10)}
	if unit, named := id.Maker(); named && t.PartOf != "" {
		t.PartOf = t.PartOf.Of("", unit)
	}
	return t
}

// targetColumns are those of an answer about targets.
func targetColumns() (columns []question.Column) {
	add := func(of question.Type, names ...string) {
		for _, name := range names {
			columns = append(columns, question.Column{Name: name, Type: of})
		}
	}
	add(question.Text, "unit", "name", "target", "line", "line_name", "measure")
	add(question.Integer, "amount")
	add(question.Text, "indicator")
	add(question.Integer, "done", "denominator")
	add(question.Text, "due_on")
	add(question.Integer, "days_gone", "days")
	add(question.Text, "state", "part_of")
	add(question.Integer, "parts", "parts_sum", "parts_difference")
	add(question.Set, "without")
	add(question.Text, "responsible", "operator")
	add(question.Set, "notes")
	add(question.Text, "basis")
	return columns
}

// row is one target as it stands.
func (t *targeted) row(s *targets.Standing) question.Row {
	u, _ := t.tree.Unit(s.Unit)
	f, _ := t.kind.Field("line")
	line := s.LineName
	if item, ok := f.List().Item(s.Line); ok && line == "" {
		line = item.Zh
	}
	row := question.Row{change.Text(unitCode(t.tree, s.Unit)), text(u.Name), change.Text(string(s.ID)), change.Text(s.Line), text(line), text(s.Measure), change.Int(s.Amount)}
	row = append(row, t.figureCells(s)...)
	row = append(row, text(s.DueOn), change.Int(int64(s.Gone)), change.Int(int64(s.Days)), change.Text(string(s.State)), text(string(s.PartOf)), change.Int(int64(s.Split.Parts)))
	row = append(row, t.splitCells(s)...)
	row = append(row, text(s.Responsible), text(s.Operator))
	var notes []string
	for _, n := range s.Notes {
		notes = append(notes, string(n))
	}
	return append(row, set(notes), text(s.Indicator.Basis.In("zh")))
}

// figureCells are the indicator, what is done, and of how many.
func (t *targeted) figureCells(s *targets.Standing) []change.Value {
	cells := []change.Value{question.Absent, question.Absent, question.Absent}
	if s.Indicator.Name != "" {
		cells[0] = change.Text(s.Indicator.Name + "/" + s.Indicator.Group)
	}
	if s.Figure != nil {
		cells[1] = change.Int(s.Figure.Done)
	}
	if s.Figure != nil && s.Rate() {
		cells[2] = change.Int(s.Figure.Of)
	}
	return cells
}

func (t *targeted) splitCells(s *targets.Standing) []change.Value {
	cells := []change.Value{question.Absent, question.Absent, question.Absent}
	if s.Split.Parts > 0 && !s.Percent() && s.Possible() {
		cells[0], cells[1] = change.Int(s.Split.Sum), change.Int(s.Split.Difference)
	}
	var without []string
	for _, id := range s.Split.Without {
		without = append(without, unitCode(t.tree, id))
	}
	cells[2] = set(without)
	return cells
}

// text is a text, absent where it is empty.
func text(s string) change.Value {
	if s == "" {
		return question.Absent
	}
	return change.Text(s)
}

// set is a set, absent where it is empty.
func set(items []string) change.Value {
	if len(items) == 0 {
		return question.Absent
	}
	return change.Set(items)
}
