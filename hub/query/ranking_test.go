package query_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongbu/hub/query"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/ranking"
	"tongbu/internal/tree"
)

// receipts say of each community that all came in time but in the second.
type receipts struct{ asked string }

func (r *receipts) Networks(_ context.Context, units []change.UnitID, year string, days []string, today string) (map[change.UnitID]ranking.Network, error) {
	r.asked = fmt.Sprint(len(units), " ", year, " ", len(days), " ", days[len(days)-1], " ", today)
	networks := map[change.UnitID]ranking.Network{}
	for _, u := range units {
		networks[u] = ranking.Network{NextDay: 4, Events: 4, GoodDays: 8, Days: 8, Received: 10}
	}
	networks[viewtest.UnitID(viewtest.Second)] = ranking.Network{NextDay: 1, Events: 4, GoodDays: 4, Days: 8, Rejected: 5, Received: 10}
	return networks, nil
}

func TestRanking(t *testing.T) {
	f, r := assessFixture(t), &receipts{}
	s, err := query.New(f.view, query.Options{Today: func() (string, error) { return "2026-03-01", nil }, Tree: func() *tree.Tree { return f.tree },
		Heard: f.heard, Now: func() time.Time { return noon }, Key: bytes.Repeat([]byte{1}, 32), Receipts: r})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Query(t.Context(), by(viewtest.City), question.Question{Kind: question.Ranking})
	if err != nil {
		t.Fatal(err)
	}
	f.wantTyped(a)
	var b strings.Builder
	for _, row := range a.Rows {
		r := a.RankedOf(row)
		fmt.Fprintf(&b, "%d %s %.2f %v", *r.Rank, r.Unit, *r.Points, r.Wins)
		for _, v := range []*float64{r.NetworkValue, r.NetworkPoints, r.EmploymentValue, r.EmploymentPoints, r.ServiceValue} {
			if v == nil {
				fmt.Fprint(&b, " none")
				continue
			}
			fmt.Fprintf(&b, " %.4f", *v)
		}
		fmt.Fprintln(&b)
	}
	// Nobody opened a job: those with a labour force share the first place by that. None of
	// one who is asked for the six is a value, and goes before nobody who is.
	want := "1 " + viewtest.First + " 75.00 true 1.0000 100.0000 1.0000 100.0000 none\n" +
		"2 " + viewtest.Second + " 62.50 true 0.4000 0.0000 0.5000 50.0000 0.0000\n" +
		"3 " + viewtest.Third + " 25.00 true 1.0000 100.0000 none none none\n"
	if got := b.String(); got != want {
		t.Error(cmp.Diff(want, got))
	}
	if want := "3 2026 42 2026-02-27 2026-03-01"; r.asked != want { // without a table Monday to Friday
		t.Errorf("asked for %s, want %s", r.asked, want)
	}
	for name, q := range map[string]question.Question{"a group": {GroupBy: "district"}, "some": {Select: []string{"jobs"}}, "a year to come": {Day: "2027"}, "no year": {Day: "x"}} {
		q.Kind = question.Ranking
		if _, err := s.Query(t.Context(), by(viewtest.City), q); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := f.Query(t.Context(), by(viewtest.City), question.Question{Kind: question.Ranking}); fault.Of(err) != fault.Unsupported {
		t.Errorf("where no day of receipt is known: got %v", err)
	}
}
