package own_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tongbu/hub"
	"tongbu/hub/own"
	"tongbu/internal/audit"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/identity"
	"tongbu/internal/question"
	"tongbu/internal/test/kit"
	"tongbu/node"
	"tongbu/node/operate"
	"tongbu/node/replica"
)

// world is a city with its view and a workstation that knows all the city has said.
type world struct {
	*kit.Town
	city    *hub.Hub
	replica *replica.Replica
	node    *node.Node
	own     *own.Answers
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Town: kit.MustTown(t)}
	city := w.MustCity(t)
	h, err := hub.Open(t.Context(), city, kit.OpenView)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	w.city, w.replica = h, w.MustReplica(t, city, kit.First)
	w.node = node.New(w.replica)
	w.node.People.SetCost(16, 1)
	if w.own, err = own.New(own.Config{At: w.replica, Desk: w.node.Desk, Operate: w.node.Operate}); err != nil {
		t.Fatal(err)
	}
	w.node.Own = w.own
	return w
}

// sync takes what the node has to the city, and what the city says of it back.
func (w *world) sync(t *testing.T) {
	t.Helper()
	for range 2 {
		w.MustExchange(t, w.replica, w.city.Replica)
		if _, err := w.city.Operate.Verify(t.Context(), operate.Checked{}); err != nil {
			t.Fatal(err)
		}
	}
}

// people puts households with their members, some of whom have events.
func (w *world) people(t *testing.T, households int) {
	t.Helper()
	var homes, persons, jobless strings.Builder
	for i := range households {
		fmt.Fprintf(&homes, `{"id":"h-%d","head_name":"张%d","address":"%d巷1号","survey_date":"2026-01-05"}`+"\n", i, i, i%7)
		for j := range 3 {
			fmt.Fprintf(&persons, `{"id":"p-%d-%d","household":"h-%d","name":"张%d%d","sex":"%d","birth_date":"19%02d-03-01","hardship":%s}`+"\n",
				i, j, i, i, j, 1+j%2, 50+(i*3+j)%50, []string{`["010"]`, `["010","050"]`, `[]`}[j])
		}
		if i%3 == 0 {
			fmt.Fprintf(&jobless, `{"person":"p-%d-0","occurred_on":"2026-02-0%d"}`+"\n", i, 1+i%9)
		}
	}
	kit.MustPut(t, w.replica, "household", homes.String())
	kit.MustPut(t, w.replica, "person", persons.String())
}

func (w *world) member() identity.Member {
	return identity.Member{Unit: kit.First.ID, Device: w.replica.Keys.Device()}
}

// TestAsTheCity: what a unit asks about itself is answered as the city answers it.
func TestAsTheCity(t *testing.T) {
	w := newWorld(t)
	w.people(t, 40)
	kit.MustPut(t, w.replica, "person", `{"id":"p-1-0","valid":"0","void_reason":"重复"}`)
	w.sync(t)
	for _, q := range []question.Question{
		{Kind: "person"},
		{Kind: "person", Labels: true, Select: []string{"name", "sex", "household", "unit", "street", "conflicts"}},
		{Kind: "person", PageSize: 7, OrderBy: "birth_date desc, name"},
		{Kind: "person", PageSize: 500, OrderBy: "name"},
		{Kind: "person", Filter: `sex = 男 AND age >= 40`, Select: []string{"name", "age"}},
		{Kind: "person", Filter: `name = "张1*" OR hardship:"050"`},
		{Kind: "person", Filter: `community = "` + kit.First.Code + `" AND valid = "0"`},
		{Kind: "person", Filter: `findings:*`, Select: []string{"name", "findings"}},
		{Kind: "person", GroupBy: "sex"},
		{Kind: "person", GroupBy: "hardship,street", Labels: true},
		{Kind: "person", GroupBy: "birth_date", PageSize: 3},
		{Kind: "household", Filter: `address = "3巷*"`, OrderBy: "head_name"},
		{Kind: "household", Scope: kit.First.ID, PageSize: 1000},
		{Kind: "person_facts", PageSize: 20},
		{Kind: "household_facts"},
		{Kind: "person", Filter: `nosuch = 1`},
		{Kind: "person", GroupBy: "name"},
		{Kind: "person", OrderBy: "id_number"},
		{Kind: "person", Select: []string{"nosuch"}},
		{Kind: "person", PageSize: -1},
	} {
		w.compare(t, q)
	}
}

// compare asks the file and the city, page by page.
func (w *world) compare(t *testing.T, q question.Question) {
	t.Helper()
	q.Total = true
	mine, theirs := q, q
	for page := 1; ; page++ {
		got, err := w.own.Query(t.Context(), mine)
		want, wantErr := w.city.Query(t.Context(), w.member(), theirs)
		if fault.Of(err) != fault.Of(wantErr) {
			t.Errorf("%+v, page %d: got %v, want %v", q, page, err, wantErr)
		}
		if err != nil || wantErr != nil {
			return
		}
		if g, w := form(t, got), form(t, want); g != w {
			at := 0
			for at < min(len(g), len(w)) && g[at] == w[at] {
				at++
			}
			t.Errorf("%+v, page %d: from byte %d got %.300q, want %.300q", q, page, at, g[at:], w[at:])
		}
		if got.NextPageToken == "" || want.NextPageToken == "" {
			return
		}
		mine.PageToken, theirs.PageToken = got.NextPageToken, want.NextPageToken
	}
}

// form is an answer without what is of the moment and of whoever answers.
func form(t *testing.T, a *question.Answer) string {
	t.Helper()
	b := *a
	if b.NextPageToken != "" {
		b.NextPageToken = "more"
	}
	b.Coverage = question.Coverage{Conflicts: b.Coverage.Conflicts, Today: b.Coverage.Today}
	raw, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestAllAsTheCity: all rows, in parts, are those of the city too.
func TestAllAsTheCity(t *testing.T) {
	w := newWorld(t)
	w.people(t, 10)
	w.sync(t)
	for _, q := range []question.Question{
		{Kind: "person", OrderBy: "name desc", Labels: true},
		{Kind: "person", GroupBy: "hardship"},
		{Kind: "household", Filter: `nosuch = 1`},
	} {
		got, err := gather(func(tell question.Tell) error { return w.own.QueryAll(t.Context(), q, tell) })
		want, wantErr := gather(func(tell question.Tell) error { return w.city.QueryAll(t.Context(), w.member(), q, tell) })
		if fault.Of(err) != fault.Of(wantErr) || form(t, got) != form(t, want) {
			t.Errorf("%+v: got %d rows, %v, want %d rows, %v", q, len(got.Rows), err, len(want.Rows), wantErr)
		}
	}
}

// gather makes one answer of the parts of one.
func gather(ask func(question.Tell) error) (*question.Answer, error) {
	a := &question.Answer{}
	err := ask(func(_ context.Context, p question.Part) error {
		if p.Columns != nil {
			a.Columns = p.Columns
		}
		if p.End != nil {
			a.Coverage, a.Total = p.End.Coverage, &p.End.Rows
		}
		a.Rows = append(a.Rows, p.Rows...)
		return nil
	})
	return a, err
}

// TestWithoutALine: a workstation answers about its own people, and says how far the
// city has them; each look is in the audit log. What else is asked is not its own.
func TestWithoutALine(t *testing.T) {
	w := newWorld(t)
	w.people(t, 2)
	a, err := w.node.Ask(t.Context(), question.Question{Kind: "person", Scope: change.UnitID(kit.First.Code), Operator: "wang", Select: []string{"name"}})
	if err != nil || len(a.Rows) != 6 {
		t.Fatalf("got %+v, %v, want 6 rows", a, err)
	}
	c := a.Coverage
	if c.Units != 1 || len(c.Silent) != 0 || c.Pending == 0 || c.AsOf.IsZero() {
		t.Errorf("got %+v, want this unit alone, as of now, with what the city has not recorded", c)
	}
	entries, err := w.replica.Lookups.Find(replica.Wanted{Kind: "person"})
	if err != nil || len(entries) != 1 || entries[0].Operator != "wang" || entries[0].Count != 6 || entries[0].Act != audit.Query {
		t.Errorf("the audit log: got %+v, %v", entries, err)
	}
	for name, c := range map[string]struct {
		q    question.Question
		want fault.Kind
	}{
		"the street":      {question.Question{Kind: "person", Scope: kit.Street.ID}, fault.Unavailable},
		"of others too":   {question.Question{Kind: "notice"}, fault.Unavailable},
		"not a kind here": {question.Question{Kind: "nosuch"}, fault.Unavailable},
		"not understood":  {question.Question{Kind: "person", Filter: "nosuch = 1"}, fault.Invalid},
	} {
		if _, err := w.node.Ask(t.Context(), c.q); fault.Of(err) != c.want {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if err := w.node.AskAll(t.Context(), c.q, func(context.Context, question.Part) error { return nil }); fault.Of(err) != c.want {
			t.Errorf("%s, all rows: got %v, want %v", name, err, c.want)
		}
	}
}

// TestAnotherDeviceOfTheUnit: what it writes comes down the line, so without one the unit
// is silent here.
func TestAnotherDeviceOfTheUnit(t *testing.T) {
	w := newWorld(t)
	kit.MustAdmit(t, w.city.Replica, kit.MustDevice(t, w.city.Replica, 9, kit.First, 1))
	w.MustCarry(t, w.city.Replica, w.replica)
	a, err := w.node.Ask(t.Context(), question.Question{Kind: "person"})
	if err != nil || len(a.Coverage.Silent) != 1 || a.Coverage.Silent[0].Unit != kit.First.Code {
		t.Errorf("got %+v, %v, want the unit to be silent", a, err)
	}
}

// TestMoved: who pages is told of what was written of the kind since, and of nothing
// else.
func TestMoved(t *testing.T) {
	w := newWorld(t)
	w.people(t, 4)
	q := question.Question{Kind: "person", PageSize: 2}
	first, err := w.node.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	q.PageToken = first.NextPageToken
	for _, step := range []struct {
		kind, line string
		want       bool
	}{{"household", `{"id":"h-9","head_name":"李九"}`, false}, {"person", `{"id":"p-9","name":"李九"}`, true}} {
		kit.MustPut(t, w.replica, step.kind, step.line)
		if a, err := w.node.Ask(t.Context(), q); err != nil || a.Moved != step.want {
			t.Errorf("after a %s: got %v, want moved %t", step.kind, err, step.want)
		}
	}
}

// TestSaidFromAbove: what units above have told a unit of its people is in its answers, at the
// unit and at a hub alike; what they told another unit is not.
func TestSaidFromAbove(t *testing.T) {
	w := newWorld(t)
	w.people(t, 1)
	w.sync(t)
	person := string(kit.MustList(t, w.replica, "person", "")[0])
	for n, about := range []string{`"person":"` + person + `"`, `"for_unit":"` + kit.First.Code + `"`, `"for_unit":"` + kit.Second.Code + `"`} {
		kit.MustPut(t, w.city.Replica, "complaint", fmt.Sprintf(`{"complaint_no":"T%d","kind":"1","received_on":"2026-03-01",%s}`, n, about))
	}
	w.sync(t)
	q := question.Question{Kind: "complaint_state", Scope: kit.First.ID, Select: []string{"reference"}, OrderBy: "reference"}
	for at, ask := range map[string]func(context.Context, question.Question) (*question.Answer, error){"the unit": w.own.Query, "the city": w.city.Ask} {
		a, err := ask(t.Context(), q)
		if err != nil || len(a.Rows) != 2 {
			t.Errorf("%s answers %+v, %v, want the two states that were told to the unit", at, a, err)
		}
	}
	q = question.Question{Kind: "complaint", Scope: kit.First.ID}
	if a, err := w.city.Ask(t.Context(), q); err != nil || len(a.Rows) != 0 {
		t.Errorf("the complaints themselves: %+v, %v, want none", a, err)
	}
}
