package desk

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/filter"
	"tongbu/internal/schema"
)

// TestInOrder: rows are put in order as by sorting them stably, the empty last, and sums
// are those of each row by itself.
func TestInOrder(t *testing.T) {
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, _ := kinds.Kind("ledger_training")
	of := newShape(k)
	r := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		rows := someRows(r, of)
		for _, field := range []string{"name", "subsidy", "passed", "wish_on"} {
			for _, desc := range []bool{false, true} {
				got := inOrder(of, rows, filter.Order{Field: field, Desc: desc})
				if want := stably(of, rows, field, desc); !slices.EqualFunc(got, want, func(a, b packed) bool { return a.id() == b.id() }) {
					t.Fatalf("by %s, desc %v: %v, want %v", field, desc, idsIn(got), idsIn(want))
				}
			}
		}
		var want int64
		for _, row := range rows {
			want += of.value(row, "subsidy").Int()
		}
		sums := make([]int64, len(k.Fields))
		for _, row := range rows {
			of.add(row, of.places([]string{"travel_subsidy", "subsidy", "no such field"}), sums)
		}
		if got := sums[of.at["subsidy"]]; got != want || sums[of.at["name"]] != 0 {
			t.Fatalf("the sum is %d, want %d", got, want)
		}
	}
}

func someRows(r *rand.Rand, of *shape) (rows []packed) {
	for i := range r.IntN(60) {
		values := map[string]change.Value{}
		for field, v := range map[string]change.Value{"name": change.Text(string(rune('王' + r.IntN(4)))), "subsidy": change.Int(int64(r.IntN(5)) - 2),
			"passed": change.Bool(r.IntN(2) == 0), "wish_on": change.Text(fmt.Sprintf("2026-01-%02d", 1+r.IntN(5)))} {
			if r.IntN(4) > 0 {
				values[field] = v
			}
		}
		rows = append(rows, of.pack(change.RecordID(fmt.Sprintf("%03d", i)), func(f string) change.Value { return values[f] }, new(far)))
	}
	return rows
}

// stably is the order by a plain stable sort.
func stably(of *shape, rows []packed, field string, desc bool) []packed {
	f, _ := of.kind.Field(field)
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b packed) int {
		x, y := of.value(a, field), of.value(b, field)
		switch {
		case x.IsNull() && y.IsNull():
			return 0
		case x.IsNull():
			return 1
		case y.IsNull():
			return -1
		}
		c := 0
		switch {
		case f.Type == schema.Boolean:
			c = truth(x.Bool()) - truth(y.Bool())
		case x.IsInt():
			c = int(x.Int() - y.Int())
		default:
			a, b := f.Key(x.Text()), f.Key(y.Text())
			if f.PersonName {
				a, b = orderKey(a), orderKey(b)
			}
			c = strings.Compare(a, b)
		}
		if desc {
			return -c
		}
		return c
	})
	return sorted
}

func idsIn(rows []packed) (ids []change.RecordID) {
	for _, row := range rows {
		ids = append(ids, row.id())
	}
	return ids
}

// TestChoices: what is kept of a wish is what the rows that are asked for give, of whatever
// table and however many wishes there were before.
func TestChoices(t *testing.T) {
	kinds, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, _ := kinds.Kind("ledger_training")
	of, o, r := newShape(k), &choices{}, rand.New(rand.NewPCG(3, 4))
	for range 30 {
		rows := someRows(r, of)
		for _, field := range []string{"name", "subsidy", "name", "passed", "wish_on"} {
			for _, w := range []wish{{by: filter.Order{Field: field}}, {by: filter.Order{Field: field, Desc: true}}, {where: "half", by: filter.Order{Field: field}}} {
				for _, all := range [][]packed{rows, rows[:len(rows)/2]} {
					pick := func() []packed {
						if w.where == "" {
							return inOrder(of, all, w.by)
						}
						return inOrder(of, all[:len(all)/2], w.by)
					}
					got := o.of(of, all, w, pick)
					if want := pick(); !slices.Equal(got.rows, want) {
						t.Fatalf("%+v: %v, want %v", w, idsIn(got.rows), idsIn(want))
					}
					if len(all) > 0 && o.of(of, all, w, pick) != got {
						t.Fatalf("%+v was not kept", w)
					}
				}
			}
		}
		size := 0
		for _, c := range o.last {
			size += c.size()
		}
		if size != o.size {
			t.Fatalf("%d rows are kept, and %d are counted", size, o.size)
		}
	}
	for i := range 2 * maxChosen / (&choice{}).size() {
		o.of(of, nil, wish{where: fmt.Sprint(i)}, func() []packed { return nil })
	}
	if len(o.last) == 0 || o.size > maxChosen {
		t.Errorf("%d wishes are kept, of size %d", len(o.last), o.size)
	}
	if o.forget(); len(o.last) != 0 || o.size != 0 {
		t.Errorf("%d wishes are kept", len(o.last))
	}
}
