package viewtest

import (
	"fmt"
	"slices"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/filter"
)

func testScope(_ *testing.T, b *bench) {
	for i, code := range []string{First, Second, Third} {
		b.journal.Person(code, change.RecordID(fmt.Sprintf("p-%d", i+1)), Fields{"name": change.Text("甲")})
	}
	b.journal.Add(City, City, "notice", "n-1", Fields{"title": change.Text("to all"), "unit": change.Text(string(UnitID(City)))})
	b.journal.Add(City, First, "notice", "n-2", Fields{"title": change.Text("to one"), "unit": change.Text(string(UnitID(City)))})
	b.journal.Add(District2, Third, "notice", "n-3", Fields{"title": change.Text("to another"), "unit": change.Text(string(UnitID(District2)))})
	b.sync()
	first, street, second := UnitID(First), UnitID(Street), UnitID(District2)
	above := []change.UnitID{UnitID(City), UnitID(District)}
	for _, test := range []struct {
		kind  string
		scope view.Scope
		want  []string
	}{
		{"person", view.Scope{}, []string{}},
		{"person", view.Scope{Under: "no-such-unit"}, []string{}},
		{"person", view.Scope{Under: first}, []string{`["p-1"]`}},
		{"person", view.Scope{Under: street}, []string{`["p-1"]`, `["p-2"]`}},
		{"person", view.Scope{Under: second}, []string{`["p-3"]`}},
		{"person", view.Scope{Under: UnitID(City)}, []string{`["p-1"]`, `["p-2"]`, `["p-3"]`}},
		{"person", view.Scope{All: true}, []string{`["p-1"]`, `["p-2"]`, `["p-3"]`}},
		{"notice", view.Scope{Under: street, From: above, To: append(above, street, first)}, []string{`["n-1"]`, `["n-2"]`}},
		{"notice", view.Scope{Under: second, From: above[:1], To: append(above[:1:1], second)}, []string{`["n-1"]`, `["n-3"]`}},
		{"notice", view.Scope{From: above, To: nil}, []string{}},
	} {
		q := b.query(test.kind, "", "", "id")
		q.Scope = test.scope
		b.want(b.rows(q), test.want)
	}
	q := b.query("person", `name = "甲" OR community = "`+Third+`"`, "", "id") // a filter cannot widen the scope
	q.Scope = view.Scope{Under: first}
	b.want(b.rows(q), []string{`["p-1"]`})
}

// testPages pages through rows in several orders and compares with the whole.
func testPages(t *testing.T, b *bench) {
	for i := range 25 {
		fields := Fields{"address": change.Text("somewhere")}
		if i%4 != 0 {
			fields["people"] = change.Int(int64(i%3 - 1))
		}
		if i%5 != 0 {
			fields["head_name"] = change.Text(string(rune('a' + i%4)))
		}
		if i%3 != 0 {
			fields["low_income"] = change.Bool(i%2 == 0)
		}
		b.journal.Add(First, First, "household", change.RecordID(fmt.Sprintf("h-%02d", i)), fields)
	}
	b.sync()
	for _, order := range []string{"", "people", "people desc", "head_name desc, people", "head_name, people desc", "low_income desc, head_name", "id desc"} {
		q := b.query("household", "", order, "id", "people", "head_name", "low_income")
		whole, err := b.view.Rows(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		b.want(len(whole), 25)
		if !slices.IsSortedFunc(whole, func(x, y view.Row) int { return compareKeys(q.Order, x.Key, y.Key) }) {
			t.Errorf("rows are not in the order %q", order)
		}
		for _, size := range []int{1, 4, 24} {
			b.want(b.pages(q, size), whole)
		}
	}
}

// pages reads all rows page by page.
func (b *bench) pages(q view.Query, size int) []view.Row {
	b.t.Helper()
	var all []view.Row
	for q.Limit = size; len(all) < 1000; {
		page, err := b.view.Rows(b.t.Context(), q)
		if err != nil {
			b.t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < size {
			break
		}
		q.After = page[size-1].Key
	}
	return all
}

// compareKeys is the order of rows: nulls first, or last when turned.
func compareKeys(order []filter.Order, x, y []change.Value) int {
	for i := range x {
		got := compareValues(x[i], y[i])
		if i < len(order) && order[i].Desc {
			got = -got
		}
		if got != 0 {
			return got
		}
	}
	return 0
}

func compareValues(x, y change.Value) int {
	switch {
	case x == y:
		return 0
	case x.IsNull():
		return -1
	case y.IsNull():
		return 1
	case x.Text() != y.Text():
		return slices.Compare([]byte(x.Text()), []byte(y.Text()))
	case x.Bool() != y.Bool():
		return map[bool]int{true: 1, false: -1}[x.Bool()]
	}
	return int(x.Int() - y.Int())
}

// testSmallGroups: the records of a group of fewer than five are told, of no
// other, and of none that is not on the page.
func testSmallGroups(t *testing.T, b *bench) {
	for i := range 9 {
		fields := Fields{"sex": change.Text("1"), "hardship": change.Set([]string{"010"})}
		if i >= 5 {
			fields = Fields{"sex": change.Text("2"), "hardship": change.Set([]string{"010", "050"})}
		}
		b.journal.Person(First, change.RecordID(fmt.Sprintf("p-%d", i)), fields)
	}
	b.sync()
	small := []change.RecordID{"p-5", "p-6", "p-7", "p-8"}
	for _, test := range []struct {
		where, by string
		want      [][]change.RecordID
	}{
		{"", "sex", [][]change.RecordID{nil, small}},
		{"", "hardship", [][]change.RecordID{nil, small}},
		{`id = "` + string(Named(First, "p-1")) + `" OR id = "` + string(Named(First, "p-2")) + `"`, "city", [][]change.RecordID{{"p-1", "p-2"}}},
		{`id = "` + string(Named(First, "p-8")) + `"`, "hardship", [][]change.RecordID{{"p-8"}, {"p-8"}}},
	} {
		q := b.query("person", test.where, "")
		for _, q.Named = range []bool{false, true} {
			groups, err := b.view.Groups(t.Context(), q, test.by)
			if err != nil {
				t.Fatal(err)
			}
			var got [][]change.RecordID
			for _, g := range groups {
				slices.Sort(g.Records)
				for i, id := range g.Records {
					g.Records[i] = id.Written()
				}
				got = append(got, g.Records)
			}
			want := test.want
			if !q.Named {
				want = make([][]change.RecordID, len(test.want))
			}
			b.want(got, want)
		}
	}
}

func testGroups(t *testing.T, b *bench) {
	for i := range 10 {
		fields := Fields{"name": change.Text("甲")}
		if i > 0 {
			fields["sex"] = change.Text([]string{"1", "2"}[i%2])
		}
		if i%2 == 0 {
			fields["hardship"] = change.Set([]string{"010", "0" + string(rune('2'+i%4)) + "0"})
		}
		b.journal.Person([]string{First, Second, Third}[i%3], change.RecordID(fmt.Sprintf("p-%d", i)), fields)
	}
	b.sync()
	for _, test := range []struct {
		by   []string
		want string
	}{
		{[]string{"sex"}, `[{"Values":[null],"Count":1},{"Values":["1"],"Count":4},{"Values":["2"],"Count":5}]`},
		{[]string{"street"}, `[{"Values":[""],"Count":3},{"Values":["110101001000"],"Count":7}]`},
		{[]string{"unit"}, `[{"Values":["110101001001"],"Count":4},{"Values":["110101001002"],"Count":3},{"Values":["110102000001"],"Count":3}]`},
		{[]string{"hardship"}, `[{"Values":[null],"Count":5},{"Values":["010"],"Count":5},{"Values":["020"],"Count":3},{"Values":["040"],"Count":2}]`},
		{[]string{"conflicts"}, `[{"Values":[0],"Count":10}]`},
		{[]string{"street", "sex"}, `[{"Values":["","1"],"Count":2},{"Values":["","2"],"Count":1},` +
			`{"Values":["110101001000",null],"Count":1},{"Values":["110101001000","1"],"Count":2},{"Values":["110101001000","2"],"Count":4}]`},
		{[]string{"hardship", "city", "sex"}, `[{"Values":[null,"110000000000","2"],"Count":5},{"Values":["010","110000000000",null],"Count":1},` +
			`{"Values":["010","110000000000","1"],"Count":4},{"Values":["020","110000000000",null],"Count":1},{"Values":["020","110000000000","1"],"Count":2},` +
			`{"Values":["040","110000000000","1"],"Count":2}]`},
	} {
		q := b.query("person", "", "")
		b.want(b.json(b.groups(q, test.by...)), test.want)
		b.want(b.json(b.groupPages(q, test.by...)), test.want)
	}
	got := b.groups(b.query("person", `sex = "1"`, ""), "community")
	b.want(b.json(got), `[{"Values":["110101001001"],"Count":1},{"Values":["110101001002"],"Count":1},{"Values":["110102000001"],"Count":2}]`)
	if _, err := b.view.Groups(t.Context(), b.query("person", "", ""), `id" --`); err == nil {
		t.Error("a column that does not exist is counted by")
	}
}

func (b *bench) groups(q view.Query, by ...string) []view.Group {
	b.t.Helper()
	groups, err := b.view.Groups(b.t.Context(), q, by...)
	if err != nil {
		b.t.Fatal(err)
	}
	return groups
}

func (b *bench) groupPages(q view.Query, by ...string) []view.Group {
	b.t.Helper()
	var all []view.Group
	for q.Limit = 1; len(all) < 100; {
		page := b.groups(q, by...)
		if len(page) == 0 {
			break
		}
		all = append(all, page...)
		q.After = page[0].Values
	}
	return all
}

// testFilters asks with filters and compares with what the filter says of
// each record by itself.
func testFilters(_ *testing.T, b *bench) {
	var names []change.RecordID
	heads := []string{"", "anna", "Anna", "a_b", "a%b", `a\b`, "甲·乙", "anna ", "'", "b*"}
	for i := range 60 {
		fields := Fields{"address": change.Text("somewhere"), "surveyor": change.Text("")}
		if head := heads[i%len(heads)]; head != "" {
			fields["head_name"] = change.Text(head)
		}
		if i%3 > 0 {
			fields["people"], fields["low_income"] = change.Int(int64(i%7-2)), change.Bool(i%3 == 1)
		}
		if i%5 > 1 {
			fields["kinds"] = change.Set([]string{"01", "0" + string(rune('0'+i%5))})
		}
		if i%4 > 0 {
			fields["survey_date"] = change.Text(fmt.Sprintf("2026-0%d-11", 1+i%9))
		}
		home := []string{First, Second, Third}[i%3]
		id := change.RecordID(fmt.Sprintf("h-%02d", i))
		b.journal.Add(home, home, "household", id, fields)
		names = append(names, Named(home, id))
	}
	slices.Sort(names)
	b.sync()
	for _, where := range filters {
		q := b.query("household", where, "", "id")
		want := []string{}
		for _, name := range names {
			if q.Where.Match(b.pseudo(name)) {
				want = append(want, b.json([]string{string(name)}))
			}
		}
		got := b.named(q)
		if !slices.Equal(got, want) {
			b.t.Errorf("%s: got %v, want %v", where, got, want)
		}
	}
}

// pseudo is the record as a filter's Match wants it: its values, and the
// columns every kind has.
func (b *bench) pseudo(name change.RecordID) map[string]change.Value {
	r := b.journal.record("household", name)
	values := r.Values()
	path := view.PathOf(b.opts.Tree, view.BelongingOf(r).Unit)
	values[view.ColID], values[view.ColUnit], values[view.ColValid] = change.Text(string(name)), change.Text(path.Unit), change.Text("1")
	for i, tier := range view.Tiers() {
		values[tier] = change.Text(path.Tiers[i])
	}
	return values
}

var filters = []string{
	``, `people = 1`, `people != 1`, `people > 0 AND people <= 3`, `NOT people > 0`, `-low_income = true`, `low_income = false`,
	`head_name = "anna"`, `head_name != "anna"`, `head_name = "a*"`, `head_name = "*b"`, `head_name : "_"`, `head_name : "%"`, `head_name : "\\"`,
	`head_name > "a" AND head_name < "b"`, `head_name = null`, `head_name != null`, `NOT head_name = null`, `kinds : "01"`, `kinds : "04"`, `NOT kinds : "03"`, `kinds : *`, `surveyor = null`, `surveyor != null`,
	`survey_date >= "2026-04-01"`, `survey_date = "2026-05-*"`, `people = null OR low_income = true`, `id = "` + string(Named(Second, "h-07")) + `"`, `id >= "` + string(Named(Third, "h-44")) + `"`, `id = "h-07"`,
	`community = "` + First + `"`, `street = ""`, `unit != "` + Third + `"`, `unit = "` + Second + `" AND (people = 1 OR people = 2)`,
	`NOT (people = 1 OR head_name = "anna")`, `NOT (people = 1 AND head_name = "anna")`, `head_name : "ann"`, `head_name : "ANN"`,
}
