package proctest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tongbu/internal/question"
	"tongbu/node/operate"
)

// Row is a row of an answer.
type Row map[string]any

// Answer is what `query --json` answers.
type Answer struct {
	Rows     []Row             `json:"rows"`
	Next     string            `json:"next_page_token"`
	Coverage question.Coverage `json:"coverage"`
}

// Query asks one page.
func (t *Tier) Query(ctx context.Context, kind string, flags ...string) (a Answer, err error) {
	r, err := t.Run(ctx, nil, "query", append([]string{kind, "--json"}, flags...)...)
	if err == nil && r.Code != 0 {
		err = fmt.Errorf("query: %v", r)
	}
	if err == nil {
		err = json.Unmarshal([]byte(r.Out), &a)
	}
	return a, err
}

// MustCount asks all pages and returns how often each id is in them.
func (t *Tier) MustCount(kind string) map[string]int {
	t.tb.Helper()
	seen := map[string]int{}
	for next := ""; ; {
		a, err := t.Query(t.tb.Context(), kind, "--page-size", "1000", "--select", "id", "--page-token", next)
		if err != nil {
			t.tb.Fatalf("%s: %v", t.Unit.Name, err)
		}
		for _, row := range a.Rows {
			id, _ := row["id"].(string)
			seen[id]++
		}
		if next = a.Next; next == "" {
			return seen
		}
	}
}

// MustVerify checks the directory, which must be clean.
func (t *Tier) MustVerify() operate.Verified {
	t.tb.Helper()
	r, err := t.Run(t.tb.Context(), nil, "verify", "--json")
	var v operate.Verified
	if err == nil {
		err = json.Unmarshal([]byte(r.Out), &v)
	}
	if err != nil || r.Code != 0 || !v.OK || len(v.Problems) > 0 {
		t.tb.Errorf("%s: verify: %v %v %q", t.Unit.Name, r, err, v.Problems)
	}
	return v
}

// AwaitRecorded waits until the city has recorded all that the tier wrote and
// returns how long that took.
func (t *Tier) AwaitRecorded(limit time.Duration) time.Duration {
	t.tb.Helper()
	return Await(t.tb, limit, t.Unit.Name, func() string {
		st, err := t.Look(t.tb.Context()) // a process for each look would be most of the load
		if err != nil {
			return err.Error()
		}
		if st.Own.AtCity == st.Own.Head {
			return ""
		}
		return fmt.Sprintf("own %+v, parent %+v", st.Own, st.Parent)
	})
}
