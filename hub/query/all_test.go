package query_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tongbu/hub/query"
	"tongbu/hub/view"
	"tongbu/hub/view/viewtest"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
)

// gathered is an answer in parts, put together.
type gathered struct {
	columns []question.Column
	rows    []question.Row
	end     *question.End
	sizes   []int
	records []change.RecordID
}

func (g *gathered) tell(_ context.Context, p question.Part) error {
	if p.Columns != nil {
		g.columns = p.Columns
	}
	if p.Rows != nil {
		g.rows, g.sizes = append(g.rows, p.Rows...), append(g.sizes, len(p.Rows))
		g.records = append(g.records, p.Records...)
	}
	if p.End != nil {
		g.end = p.End
	}
	return nil
}

func (f *fixture) all(caller string, q question.Question) *gathered {
	f.t.Helper()
	g := &gathered{}
	if err := f.QueryAll(f.t.Context(), by(caller), q, g.tell); err != nil {
		f.t.Fatal(err)
	}
	return g
}

// add has the view hold more persons of the first community.
func (f *fixture) add(from, to int, fields func(i int) viewtest.Fields) {
	f.t.Helper()
	j := viewtest.NewJournal()
	for i := from; i < to; i++ {
		j.Person(viewtest.First, change.RecordID(fmt.Sprintf("q-%05d", i)), fields(i))
	}
	at, err := f.view.Applied(f.t.Context())
	if err == nil {
		err = f.view.Apply(f.t.Context(), j.Changes, at+1)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func named(name string) func(int) viewtest.Fields {
	return func(int) viewtest.Fields { return viewtest.Fields{"name": change.Text(name)} }
}

// TestAllIsOfOneMoment: what is applied while the answer is read is not in it, and the
// pages of the same question add up to it.
func TestAllIsOfOneMoment(t *testing.T) {
	f := newFixture(t)
	f.add(0, 2500, named("名"))
	for _, order := range []string{"", "name", "name desc, sex", "age"} {
		q := question.Question{Kind: "person", OrderBy: order, Select: []string{"id", "name", "sex"}}
		var g gathered
		later := 0
		err := f.QueryAll(t.Context(), by(viewtest.City), q, func(ctx context.Context, p question.Part) error {
			if len(p.Rows) > 0 && later == 0 {
				f.add(90000, 90100, named("后来"))
				later = 100
			}
			return g.tell(ctx, p)
		})
		if err != nil {
			t.Fatal(err)
		}
		if g.end == nil || int(g.end.Rows) != len(g.rows) || !slices.Equal(g.records, recordsOf(g.rows)) {
			t.Fatalf("%q: the end %+v does not fit %d rows", order, g.end, len(g.rows))
		}
		for _, size := range g.sizes {
			if size > question.MaxPageSize {
				t.Errorf("a part has %d rows", size)
			}
		}
		if order == "" {
			if len(g.rows) != 2504 {
				t.Errorf("%d rows, want those of the moment: 2504", len(g.rows))
			}
			continue
		}
		var paged []question.Row
		for q.PageSize = 1000; ; {
			a := f.ask(viewtest.City, q)
			paged = append(paged, a.Rows...)
			if q.PageToken = a.NextPageToken; q.PageToken == "" {
				break
			}
		}
		if len(paged) == len(g.rows) && !slices.EqualFunc(paged, g.rows, slices.Equal[question.Row]) {
			t.Errorf("%q: the pages have another order", order)
		}
	}
}

func recordsOf(rows []question.Row) (ids []change.RecordID) {
	for _, row := range rows {
		ids = append(ids, change.RecordID(row[0].Text()))
	}
	return ids
}

func TestAllGroups(t *testing.T) {
	f := newFixture(t)
	f.add(0, 1500, func(i int) viewtest.Fields {
		return viewtest.Fields{"name": change.Text("名"), "recorded_on": change.Text(fmt.Sprintf("20%02d-01-%02d", i/28, 1+i%28))}
	})
	g := f.all(viewtest.City, question.Question{Kind: "person", GroupBy: "recorded_on"})
	if len(g.rows) != 1501 || g.end.Rows != 1501 {
		t.Errorf("%d groups, want 1501", len(g.rows))
	}
	a := f.ask(viewtest.City, question.Question{Kind: "person", GroupBy: "recorded_on", Total: true})
	if len(a.Rows) != 50 || *a.Total != 1501 {
		t.Errorf("%d of %d groups", len(a.Rows), *a.Total)
	}
}

// TestAllIsAsked: who may ask, and what is masked, is as for pages.
func TestAllIsAsked(t *testing.T) {
	f := newFixture(t)
	for _, q := range []question.Question{
		{Kind: "person", PageToken: "x"}, {Kind: "nosuch"}, {Kind: "person", Filter: `id_number = "1*"`}, {Kind: "person", OrderBy: "id_number"},
		{Kind: "person", Filter: `age > 3 OR id_number = "` + idNumber + `"`}, {Kind: "person", Filter: `id_number IN ("` + idNumber + `", "110101190001011017")`},
	} {
		if err := f.QueryAll(t.Context(), by(viewtest.City), q, new(gathered).tell); fault.Of(err) != fault.Invalid {
			t.Errorf("%+v: got %v, want invalid", q, err)
		}
	}
	err := f.QueryAll(t.Context(), by(viewtest.First), question.Question{Kind: "person", Scope: viewtest.UnitID(viewtest.City)}, new(gathered).tell)
	if fault.Of(err) != fault.Denied {
		t.Errorf("got %v, want denied", err)
	}
	g := f.all(viewtest.City, question.Question{Kind: "person", Labels: true})
	a := question.Answer{Columns: g.columns}
	for _, row := range g.rows {
		if got := a.Get(row, "id_number").Text(); got != "110101**********09" {
			t.Errorf("got %s", got)
		}
	}
	if i := slices.IndexFunc(g.columns, func(c question.Column) bool { return c.Name == "id_number_label" }); i >= 0 {
		t.Error("a masked field has a label")
	}
	failed := fault.New(fault.Full, "no room")
	if err := f.QueryAll(t.Context(), by(viewtest.City), question.Question{Kind: "person"}, func(context.Context, question.Part) error { return failed }); fault.Of(err) != fault.Full {
		t.Errorf("got %v, want what tell returned", err)
	}
}

// TestMoved: a page says when records have changed since the first one; other kinds do
// not count.
func TestMoved(t *testing.T) {
	f := newFixture(t)
	q := question.Question{Kind: "person", OrderBy: "name", PageSize: 1, Total: true}
	a := f.ask(viewtest.City, q)
	if a.Moved || *a.Total != 4 {
		t.Errorf("the first page: moved %v, total %d", a.Moved, *a.Total)
	}
	q.PageToken = a.NextPageToken
	if a = f.ask(viewtest.City, q); a.Moved {
		t.Error("moved, and nothing has")
	}
	f.add(0, 1, named("人a"))
	if a = f.ask(viewtest.City, q); !a.Moved || *a.Total != 4 {
		t.Errorf("moved %v, want it said; total %d, want that of the first page", a.Moved, *a.Total)
	}
	q.PageToken = a.NextPageToken
	if a = f.ask(viewtest.City, q); !a.Moved {
		t.Error("the page after says nothing")
	}
	n := question.Question{Kind: "notice", PageSize: 1}
	n.PageToken = f.ask(viewtest.City, n).NextPageToken
	f.add(1, 2, named("人b"))
	if f.ask(viewtest.City, n).Moved {
		t.Error("a person has moved a notice")
	}
}

func TestLabels(t *testing.T) {
	f := newFixture(t)
	a := f.ask(viewtest.City, question.Question{Kind: "person", Select: []string{"unit", "sex", "hardship", "name"}, Labels: true, PageSize: 1})
	want(t, f.json(a.Columns), `[{"Name":"unit","Type":1},{"Name":"unit_label","Type":1},{"Name":"sex","Type":1},{"Name":"sex_label","Type":1},`+
		`{"Name":"hardship","Type":4},{"Name":"hardship_label","Type":4},{"Name":"name","Type":1},{"Name":"conflict_fields","Type":4}]`)
	row := a.Rows[0]
	if u, _ := f.tree.ByCode(row[0].Text()); row[1].Text() != u.Name || row[3].Text() != map[string]string{"1": "男", "2": "女"}[row[2].Text()] {
		t.Errorf("got %v", row)
	}
	groups := f.ask(viewtest.City, question.Question{Kind: "person", GroupBy: "street,sex", Labels: true})
	want(t, f.json(groups.Columns), `[{"Name":"street","Type":1},{"Name":"street_label","Type":1},{"Name":"sex","Type":1},{"Name":"sex_label","Type":1},{"Name":"count","Type":2}]`)
}

// TestAge: a field like others, of the day of the network: at noon in London on 1
// March it is evening in China; who asks by it asks by the birth date.
func TestAge(t *testing.T) {
	f := newFixture(t)
	for i, born := range []string{"1984-02-29", "1984-03-01", "1984-03-02", "2026-03-02"} {
		f.add(i, i+1, func(int) viewtest.Fields {
			return viewtest.Fields{"name": change.Text(born), "birth_date": change.Text(born)}
		})
	}
	a := f.ask(viewtest.City, question.Question{Kind: "person", Filter: "age > 0", OrderBy: "age desc, name", Select: []string{"name", "age", "年龄"}})
	want(t, f.json(a.Rows), `[["1984-02-29",42],["1984-03-01",42],["1984-03-02",41]]`)
	want(t, a.Coverage.Today, "2026-03-01")
	want(t, f.json(a.AskedBy), `["birth_date","name"]`)
	a = f.ask(viewtest.City, question.Question{Kind: "person", GroupBy: "age"})
	want(t, f.json(a.Rows), `[[null,5],[41,1],[42,2]]`)
	if len(a.Records) < 3 {
		t.Error("small groups by age name nobody in the log")
	}
	if _, err := f.Query(t.Context(), by(viewtest.City), question.Question{Kind: "notice", Select: []string{"age"}}); fault.Of(err) != fault.Invalid {
		t.Errorf("a notice has an age: %v", err)
	}
}

var _ query.Rows = (view.View)(nil)
