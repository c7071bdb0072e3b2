package records_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/filter"
	"tongbu/internal/index"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
)

// question is what a test asks of the persons.
type question struct {
	Filter string
	Order  filter.Order
	Limit  int
}

func (f *fixture) expr(text string) *filter.Expr {
	f.Helper()
	k, _ := mustSchema(f).Kind("person")
	e, err := filter.ParseInFull(k, text)
	if err != nil {
		f.Fatalf("%s: %v", text, err)
	}
	return e
}

func matches(e *filter.Expr) func(*merge.Record) bool {
	return func(r *merge.Record) bool {
		values := r.Values()
		values["id"] = change.Text(string(r.ID()))
		return e.Match(values)
	}
}

// paged asks page after page.
func (f *fixture) paged(q question) (ids []change.RecordID, decoded, pages int) {
	f.Helper()
	e := f.expr(q.Filter)
	for after, more := records.Cursor(""), true; more; more = after != "" {
		pages++
		f.view(func(tx *journal.Tx) error {
			p, err := f.store.Page(tx, records.PageQuery{Kind: "person", Where: e.Terms(), Match: matches(e), Order: q.Order, After: after, Limit: q.Limit})
			if p.Decoded > 500 || q.Limit > 0 && len(p.Records) > q.Limit {
				f.Errorf("%+v: a page of %d has %d records, %d decoded", q, q.Limit, len(p.Records), p.Decoded)
			}
			for _, r := range p.Records {
				ids = append(ids, r.ID())
			}
			decoded, after = decoded+p.Decoded, p.Next
			return err
		})
	}
	return ids, decoded, pages
}

// scanned answers from all records, read one by one and put in order.
func (f *fixture) scanned(q question) (ids []change.RecordID) {
	f.Helper()
	match := matches(f.expr(q.Filter))
	var found []*merge.Record
	f.view(func(tx *journal.Tx) error {
		return f.store.Each(tx, "person", "", func(r *merge.Record) error {
			if match(r) {
				found = append(found, r)
			}
			return nil
		})
	})
	if field := q.Order.Field; field != "" {
		slices.SortStableFunc(found, func(a, b *merge.Record) int {
			c := slices.Compare(index.Keys(a.Value(field))[0], index.Keys(b.Value(field))[0])
			if q.Order.Desc {
				return -c
			}
			return c
		})
	}
	for _, r := range found {
		ids = append(ids, r.ID())
	}
	return ids
}

// drawPerson makes a person with values that are common, missing, void, long,
// or of a type that the field has in a later schema only.
func drawPerson(t *rapid.T) fields {
	values := fields{}
	draw := func(field string, from ...change.Value) {
		if v := rapid.SampledFrom(append(from, change.Null)).Draw(t, field); v != change.Null {
			values[field] = v
		}
	}
	long := strings.Repeat("王", 60)
	draw("status", change.Text("4"), change.Text("5"), change.Text("9"), change.Set([]string{"4", "9"}), change.Int(4))
	draw("name", change.Text("王建国"), change.Text("王Li"), change.Text("李四"), change.Text("Li"), change.Text(long), change.Text(long+"一"), change.Text(""))
	draw("birth_date", change.Text("1949-12-31"), change.Text("1990-01-01"), change.Text("1990-01-02"), change.Text("2001-05-05"))
	draw("sex", change.Text("1"), change.Text("2"))
	draw("household", change.Text("h-1"), change.Text("h-2"), change.Set(nil))
	draw("hardship", change.Set([]string{"050"}), change.Set([]string{"050", "060"}))
	draw("valid", change.Text("0"), change.Text("1"))
	values["remark"] = change.Text("x")
	return values
}

func drawTest(t *rapid.T) string {
	long := strings.Repeat("王", 60)
	at := func(test string) string { return strings.ReplaceAll(test, "p-", string(named("p-"))) }
	return rapid.SampledFrom([]string{
		`status = 4`, `status = 9`, `status != 4`, `status != 9`, `status:4`, `status = null`, `status:*`, `(status = 4 OR status = 9)`,
		`name = 王*`, `name = "王L*"`, `name = 王建国`, `name = null`, `name = *国`, `name:"李"`, `name > "王"`, `name = "` + long + `"`, `name != "李四"`, `name = "l*"`,
		`birth_date >= 1990-01-01`, `birth_date < 1990-01-02`, `birth_date = 1990-01-01`, `birth_date <= 1949-12-31`, `birth_date > 2010-01-01`,
		`sex = 1`, `hardship:"060"`, `household = h-1`, `household:*`, `household = null`, `valid = 0`, `valid != 0`,
		at("id = p-007"), at("(id = p-007 OR id = p-003 OR id = nobody)"), at("id > p-010"), `id = p-007`, `(status = 4 OR sex = 2)`, `(birth_date < 1950-01-01 OR birth_date > 2000-01-01)`,
	}).Draw(t, "test")
}

func drawQuestion(t *rapid.T) question {
	q := question{Limit: rapid.SampledFrom([]int{0, 1, 7, 1000}).Draw(t, "limit")}
	tests := rapid.SliceOfN(rapid.Custom(drawTest), 0, 3).Draw(t, "tests")
	for i, test := range tests {
		if rapid.IntRange(0, 6).Draw(t, "not") == 0 {
			tests[i] = "NOT " + test
		}
	}
	q.Filter = strings.Join(tests, " AND ")
	q.Order.Field = rapid.SampledFrom([]string{"", "", "status", "name", "birth_date", "household"}).Draw(t, "order")
	q.Order.Desc = q.Order.Field != "" && rapid.Bool().Draw(t, "desc")
	return q
}

// TestPagesAreTheScan: for any records and any filter, pages that are led by
// indexes are what reading all the records gives, in the same order.
func TestPagesAreTheScan(t *testing.T) {
	f := openIndexed(t)
	rapid.Check(t, func(t *rapid.T) {
		wipe(t, f)
		persons := rapid.SliceOfN(rapid.Custom(drawPerson), 0, 40).Draw(t, "persons")
		folded := rapid.IntRange(-1, 40).Draw(t, "folded")
		err := f.journal.Update(t.Context(), func(tx *journal.Tx) error {
			for i, values := range persons {
				edit := records.Edit{Kind: "person", ID: change.RecordID(fmt.Sprintf("p-%03d", i%30)), Fields: values, Actor: "clerk"}
				if _, err := f.store.Put(tx, device(1, east), east, edit); err != nil {
					return err
				}
				if i == folded {
					if err := f.store.Fold(tx); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			q := drawQuestion(t)
			got, _, _ := f.paged(q)
			if diff := cmp.Diff(f.scanned(q), got); diff != "" {
				t.Fatalf("%+v: %s", q, diff)
			}
		}
	})
}

// TestPageDecodesWhatItShows: in a list of 10,000 persons, a page that an
// index leads to reads about as many records as it shows.
func TestPageDecodesWhatItShows(t *testing.T) {
	f := open(t, nil)
	f.people(10_000)
	f.store.Indexed(mustSchema(t))
	f.build()
	f.put(numbered(5), fields{"id_number": change.Text("11010519491231002X")})
	for _, c := range []struct {
		question
		decoded int // for the first page, at most
	}{
		{question{Filter: `status = 9`}, 50},
		{question{Filter: `status = 9 OR status = 4`}, 50},
		{question{Filter: `id_number = 11010519491231002X`}, 1},
		{question{Filter: `name = 名12*`}, 50},
		{question{Filter: `birth_date >= 1980-01-01 AND birth_date < 1982-01-01`}, 50},
		{question{Filter: `birth_date >= 1980-01-01 AND status = 9`}, 110},
		{question{Filter: `birth_date = 1981-05-11 AND status = 1`}, 50},
		{question{Order: filter.Order{Field: "name"}}, 50},
		{question{Order: filter.Order{Field: "birth_date", Desc: true}}, 50},
		{question{Filter: `birth_date = 1980-04-11`, Order: filter.Order{Field: "name"}}, 50},
		{question{Filter: `status = 9`, Order: filter.Order{Field: "name", Desc: true}}, 50},
		{question{Filter: fmt.Sprintf("id = %s", numbered(77)), Order: filter.Order{Field: "name"}}, 1},
		{question{}, 50},
	} {
		e := f.expr(c.Filter)
		c.Limit = 50
		f.view(func(tx *journal.Tx) error {
			p, err := f.store.Page(tx, records.PageQuery{Kind: "person", Where: e.Terms(), Match: matches(e), Order: c.Order, Limit: c.Limit})
			if p.Decoded > c.decoded || p.Decoded < len(p.Records) {
				t.Errorf("%+v: %d records read for %d, want at most %d", c.question, p.Decoded, len(p.Records), c.decoded)
			}
			return err
		})
		if got, _, _ := f.paged(c.question); !slices.Equal(got, f.scanned(c.question)) {
			t.Errorf("%+v: %d records, not those of the scan", c.question, len(got))
		}
	}
}

// TestPageIsShort: what no index leads to is read in parts.
func TestPageIsShort(t *testing.T) {
	f := open(t, nil)
	f.people(1200)
	for _, indexed := range []bool{false, true} {
		if indexed {
			f.store.Indexed(mustSchema(t))
			f.build()
		}
		got, decoded, pages := f.paged(question{Filter: `remark = none`})
		if len(got) != 0 || decoded != 1200 || pages != 3 {
			t.Errorf("indexed %t: got %d of %d in %d pages, want none of 1200 in 3", indexed, len(got), decoded, pages)
		}
	}
}

func TestPageRefuses(t *testing.T) {
	f := openIndexed(t)
	plain := records.New(cityUnit, nil)
	f.view(func(tx *journal.Tx) error {
		for name, c := range map[string]struct {
			store *records.Records
			q     records.PageQuery
			want  fault.Kind
		}{
			"an order without an index": {f.store, records.PageQuery{Kind: "person", Order: filter.Order{Field: "sex"}}, fault.Invalid},
			"ids backwards":             {f.store, records.PageQuery{Kind: "person", Order: filter.Order{Field: "id", Desc: true}}, fault.Invalid},
			"no cursor":                 {f.store, records.PageQuery{Kind: "person", After: "\x20abc"}, fault.Invalid},
			"a cursor of an order":      {f.store, records.PageQuery{Kind: "person", After: "\x01\x00p-1"}, fault.Invalid},
			"a cursor of no order":      {f.store, records.PageQuery{Kind: "person", After: "\x00p-1", Order: filter.Order{Field: "name"}}, fault.Invalid},
			"no indexes":                {plain, records.PageQuery{Kind: "person", Order: filter.Order{Field: "name"}}, fault.Invalid},
			"indexes not made":          {records.New(cityUnit, func(k string) bool { return k != "unit" }).Indexed(mustSchema(t)), records.PageQuery{Kind: "person", Order: filter.Order{Field: "name"}}, fault.Unavailable},
		} {
			if _, err := c.store.Page(tx, c.q); fault.Of(err) != c.want {
				t.Errorf("%s: got %v, want %v", name, err, c.want)
			}
		}
		return nil
	})
}
