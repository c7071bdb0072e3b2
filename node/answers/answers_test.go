package answers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node/answers"
)

// line is a hub's answers in parts, while it is there.
type line struct {
	rows, width int
	down        bool
}

func (l line) ask(ctx context.Context, _ question.Question, tell question.Tell) error {
	if l.down {
		return fault.New(fault.Unavailable, "no line")
	}
	columns := []question.Column{{Name: "title", Type: question.Text}}
	if err := tell(ctx, question.Part{Columns: columns}); err != nil {
		return err
	}
	for i := range l.rows {
		row := question.Row{change.Text(fmt.Sprint(i, strings.Repeat("x", l.width)))}
		if err := tell(ctx, question.Part{Rows: []question.Row{row}}); err != nil {
			return err
		}
	}
	return tell(ctx, question.Part{End: &question.End{Rows: int64(l.rows), Coverage: question.Coverage{AsOf: time.Unix(1e9, 0).UTC()}}})
}

type told struct {
	rows int
	end  question.End
}

func ask(t *testing.T, k answers.Kept, l line, q question.Question) (got told, err error) {
	t.Helper()
	err = k.AskAll(t.Context(), q, func(_ context.Context, p question.Part) error {
		if p.End != nil {
			got.end = *p.End
		}
		got.rows += len(p.Rows)
		return nil
	}, l.ask)
	return got, err
}

// TestAskAll: the last answer in parts is told again while the line is down, marked as
// such and as of its time; the oldest give way; neither a long one nor persons are kept.
func TestAskAll(t *testing.T) {
	town := kit.MustTown(t)
	s := town.MustReplica(t, town.MustCity(t), kit.First)
	k := answers.Kept{Journal: s.Journal, Kind: s.Schema.Kind}
	notice := func(filter string) question.Question { return question.Question{Kind: "notice", Filter: filter} }
	must := func(l line, q question.Question) {
		t.Helper()
		if got, err := ask(t, k, l, q); err != nil || got.rows != l.rows || got.end.Kept {
			t.Fatalf("got %+v, %v, want %d rows of now", got, err, l.rows)
		}
	}
	must(line{rows: 5}, notice("a"))
	must(line{rows: 3}, notice("a")) // in place of the one before
	must(line{rows: 5, width: 1 << 20}, notice("long"))
	must(line{rows: 1}, question.Question{Kind: "person"})

	down := line{down: true}
	figures := question.Question{Kind: question.Indicators}
	must(line{rows: 2}, figures) // nobody is in them
	if got, err := ask(t, k, down, figures); err != nil || got.rows != 2 || !got.end.Kept {
		t.Errorf("figures: got %+v, %v, want the last answer", got, err)
	}
	got, err := ask(t, k, down, notice("a"))
	if err != nil || got.rows != 3 || !got.end.Kept || !got.end.Coverage.AsOf.Equal(time.Unix(1e9, 0)) {
		t.Errorf("got %+v, %v, want the last answer with its time", got, err)
	}
	for i := range 8 {
		must(line{rows: 1}, notice(fmt.Sprint("other", i)))
	}
	for name, q := range map[string]question.Question{"the oldest": notice("a"), "a long one": notice("long"), "persons": {Kind: "person"}, "never asked": notice("b")} {
		if got, err := ask(t, k, down, q); fault.Of(err) != fault.Unavailable || got.rows != 0 {
			t.Errorf("%s: got %+v, %v, want unavailable", name, got, err)
		}
	}
	if got, err := ask(t, k, down, notice("other0")); err != nil || got.rows != 1 {
		t.Errorf("one of the newest: got %+v, %v", got, err)
	}
}
