package viewtest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
)

// testLong: all rows are of the moment at which the first came, whatever is applied,
// and nothing waits for who reads them.
func testLong(t *testing.T, b *bench) {
	const n = 40
	for i := range n {
		b.journal.Person(First, change.RecordID(fmt.Sprintf("p-%02d", i)), Fields{"name": change.Text(fmt.Sprint("名", i%7)), "birth_date": change.Text(fmt.Sprintf("19%02d-02-29", 50+i%9))})
	}
	b.sync()
	for _, order := range []string{"", "name", "name desc, birth_date", "age desc, name"} {
		q := b.query("person", "", order, "id", "name", "age")
		q.Today, q.Limit = "2026-02-28", 1000
		want, err := b.view.Rows(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var got []view.Row
		err = b.view.EachRow(t.Context(), q, func(_ context.Context, row view.Row) error {
			if got = append(got, row); len(got) == 3 { // another tree waits for no reader
				b.journal.Person(First, change.RecordID("r-"+fmt.Sprint(len(order))), Fields{"name": change.Text("后")})
				b.sync()
				if err := b.view.Retree(t.Context(), MustTree(t, Units())); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		b.want(got, want)
		total, err := b.view.Count(t.Context(), q)
		if err != nil || total != int64(len(want)+1) {
			t.Errorf("%d rows (%v), want one more than %d", total, err, len(want))
		}
	}
	var sums []view.Group
	q := b.query("person", "", "", "id")
	q.Today = "2026-02-28"
	err := b.view.EachGroup(t.Context(), q, []string{"age"}, func(_ context.Context, g view.Group) error {
		sums = append(sums, g)
		return nil
	})
	groups, err2 := b.view.Groups(t.Context(), q, "age")
	total, err3 := b.view.Count(t.Context(), q, "age")
	if err != nil || err2 != nil || err3 != nil || total != int64(len(groups)) {
		t.Fatal(err, err2, err3, total)
	}
	b.want(sums, groups)
}

// testLongEnds: a view that is closed or made again ends what is read.
func testLongEnds(t *testing.T, b *bench) {
	for i := range 5 {
		b.journal.Person(First, change.RecordID(fmt.Sprintf("p-%d", i)), Fields{"name": change.Text("名")})
	}
	b.sync()
	q := b.query("person", "", "name", "id")
	for name, end := range map[string]func() error{
		"reset": func() error { return b.view.Reset(t.Context()) },
		"close": func() error { return b.view.Close() },
	} {
		if name == "close" {
			b.mustOpen()
		}
		b.sync()
		ended := make(chan error, 1)
		rows := 0
		err := b.view.EachRow(t.Context(), q, func(ctx context.Context, _ view.Row) error {
			if rows++; rows == 1 {
				go func() { ended <- end() }()
			}
			<-ctx.Done()
			return fault.Wrap("read", ctx.Err())
		})
		b.wantKind(err, fault.Unavailable)
		if err := <-ended; err != nil || rows != 1 {
			t.Errorf("%s: %v after %d rows", name, err, rows)
		}
	}
	b.wantKind(b.view.EachRow(t.Context(), q, func(context.Context, view.Row) error { return nil }), fault.Unavailable)
}

// testContested: which fields are in conflict is in the row, and the records with
// conflicts are found.
func testContested(t *testing.T, b *bench) {
	b.journal.AddOn(First, 1, "p-1", Fields{"name": change.Text("甲"), "phone": change.Text("1")}, nil)
	b.journal.AddOn(First, 2, "p-1", Fields{"name": change.Text("丁"), "phone": change.Text("2")}, nil)
	b.journal.Person(First, "p-2", Fields{"name": change.Text("乙")})
	b.journal.Person(Second, "p-3", Fields{"name": change.Text("丙")})
	b.sync()
	b.want(b.rows(b.query("person", "", "", "id", "conflicts", "conflict_fields")), []string{`["p-1",2,["name","phone"]]`, `["p-2",0,[]]`, `["p-3",0,[]]`})
	for where, want := range map[string]int64{"conflicts": 1, "NOT conflicts": 2, "conflicts = true AND sex = null": 1} {
		expr, err := filter.Parse(b.query("person", "", "", "id").Kind, where)
		if err != nil {
			t.Fatal(err)
		}
		q := b.query("person", where, "", "id")
		q.Where = expr
		n, err := b.view.Count(t.Context(), q)
		if err != nil || n != want || len(b.rows(q)) != int(want) {
			t.Errorf("%s: got %d (%v), want %d", where, n, err, want)
		}
		q.Scope = view.Scope{Under: UnitID(Second)}
		if n, err = b.view.Count(t.Context(), q); err != nil || n != int64(len(b.rows(q))) {
			t.Errorf("%s in another unit: %d (%v)", where, n, err)
		}
	}
	before := b.view.Changed("person")
	b.journal.Add(City, City, "notice", "n-1", Fields{"title": change.Text("to all"), "unit": change.Text(string(UnitID(City)))})
	b.sync()
	if b.view.Changed("person") != before || !slices.Contains(b.rows(b.query("notice", "", "", "id")), `["n-1"]`) {
		t.Error("a notice changes persons")
	}
	b.journal.Person(First, "p-4", Fields{"name": change.Text("戊")})
	b.sync()
	if b.view.Changed("person") == before {
		t.Error("a new person is no change")
	}
}
