package query

import (
	"context"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// portion is how many rows a part of an answer has: as many as a page, so that an
// entry of the audit log names as many.
const portion = question.MaxPageSize

// QueryAll is Query for all rows, without pages: it calls tell for each part of the
// answer, whose rows are all of one moment. It returns what tell returns, and what
// Query does. The reading of the view lasts as long as it does: who calls bounds it
// (Streams).
func (s *Service) QueryAll(ctx context.Context, who Asker, q question.Question, tell question.Tell) error {
	if q.PageToken != "" {
		return fault.New(fault.Invalid, "a page token, and all rows").WithHint("ask for all rows from the beginning, or page by page")
	}
	if who.covers() {
		tell = covering(tell)
	}
	if all := s.computed(q.Kind); all != nil {
		return all(ctx, who, q, tell)
	}
	p, err := s.plan(who, q)
	if err != nil {
		return err
	}
	coverage, err := s.coverageOf(ctx, p)
	if err != nil {
		return err
	}
	if err := tell(ctx, question.Part{Columns: p.columns(), AskedBy: p.askedBy}); err != nil {
		return err
	}
	out := teller{tell: tell, part: question.Part{AskedBy: p.askedBy}}
	if len(p.groupBy) > 0 {
		err = s.rows.EachGroup(ctx, p.query, p.groupBy, func(ctx context.Context, g view.Group) error { return out.add(ctx, p.group(g), g.Records...) })
	} else {
		err = s.rows.EachRow(ctx, p.query, func(ctx context.Context, row view.Row) error { return out.add(ctx, p.row(row), idOf(row)) })
	}
	if err == nil {
		err = out.flush(ctx)
	}
	if err != nil {
		return err
	}
	return tell(ctx, question.Part{AskedBy: p.askedBy, End: &question.End{Rows: out.rows, Coverage: coverage}})
}

// teller gathers rows into parts.
type teller struct {
	tell question.Tell
	part question.Part
	rows int64
}

func (t *teller) add(ctx context.Context, row question.Row, records ...change.RecordID) error {
	t.part.Rows, t.part.Records = append(t.part.Rows, row), append(t.part.Records, records...)
	t.rows++
	if len(t.part.Rows) < portion {
		return nil
	}
	return t.flush(ctx)
}

func (t *teller) flush(ctx context.Context) error {
	if len(t.part.Rows) == 0 {
		return nil
	}
	part := t.part
	t.part.Rows, t.part.Records = nil, nil
	return t.tell(ctx, part)
}
