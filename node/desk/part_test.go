package desk_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"tongbu/internal/fault"
	"tongbu/internal/sample"
	"tongbu/internal/test/kit"
	"tongbu/internal/test/proctest"
	"tongbu/node/desk"
)

// community puts households of the sample and some events.
func community(tb testing.TB, s *searcher, households int) (persons []string) {
	tb.Helper()
	m := sample.NewMaker(1)
	var homes, people []sample.Record
	for n := range households {
		h := m.Household(kit.First.Code, n)
		homes, people = append(homes, h.Record), append(people, h.Persons...)
	}
	kit.MustPut(tb, s.at, "household", proctest.Lines(homes))
	kit.MustPut(tb, s.at, "person", proctest.Lines(people))
	for _, p := range people {
		persons = append(persons, p.ID)
	}
	return persons
}

// events are lines of losses of work, insurances and wishes of persons.
func events(persons []string, from int) (kinds map[string]string) {
	var loss, insured, wish strings.Builder
	for i, p := range persons {
		n := from + i
		if n%3 == 0 {
			fmt.Fprintf(&loss, `{"id":"u-%d","person":%q,"on":"2026-0%d-10","reason":"20","employer_name":"厂%d"}`+"\n", n, p, 1+n%6, n%40)
		}
		fmt.Fprintf(&insured, `{"id":"i-%d","person":%q,"on":"2026-01-05","insurance":"1","state":"1"}`+"\n", n, p)
		if n%5 == 0 {
			fmt.Fprintf(&wish, `{"id":"w-%d","person":%q,"on":"2026-02-05"}`+"\n", n, p)
		}
	}
	return map[string]string{"unemployment": loss.String(), "insurance_state": insured.String(), "training_wish": wish.String()}
}

func putEvents(tb testing.TB, s *searcher, persons []string) {
	tb.Helper()
	for kind, lines := range events(persons, 0) {
		kit.MustPut(tb, s.at, kind, lines)
	}
}

func (s *searcher) part(t desk.Table, from, limit int) *desk.Excerpt {
	s.Helper()
	e, err := s.desk.Part(s.Context(), t, from, limit, []string{"months"}, kit.Clerk)
	if err != nil {
		s.Fatalf("part of %+v: %v", t, err)
	}
	return e
}

// TestKeptRows: a desk that keeps rows answers as one that has just been opened, whatever
// was saved between.
func TestKeptRows(t *testing.T) {
	s := newNode(t)
	persons := community(t, s, 30)
	putEvents(t, s, persons)
	kinds := []string{"ledger_unemployed", "ledger_insurance", "person_facts", "household_facts", "person", "unemployment"}
	wheres := map[string]string{"ledger_unemployed": "lasts = true", "ledger_insurance": `state = "1"`, "person": "age >= 40", "unemployment": `person = "early"`}
	orders := map[string]string{"ledger_unemployed": "loss_on desc", "ledger_insurance": "name", "person": "birth_date"}
	compare := func(step string) {
		fresh := newSearcher(t, s.at)
		for _, kind := range kinds {
			day := ""
			if strings.Contains(kind, "_") {
				day = "2026-03-01"
			}
			for _, on := range slices.Compact([]string{"", day}) {
				for _, table := range []desk.Table{{Kind: kind, Day: on}, {Kind: kind, Day: on, Where: wheres[kind], Order: orders[kind]}} {
					if diff := gocmp.Diff(fresh.part(table, 0, desk.MaxPart), s.part(table, 0, desk.MaxPart)); diff != "" {
						t.Fatalf("%s: %+v: %s", step, table, diff)
					}
				}
			}
		}
		for _, where := range []string{"", `task = "half_year"`, "due != null"} {
			want, err := fresh.desk.Tally(t.Context(), "task", where, "task")
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.desk.Tally(t.Context(), "task", where, "task")
			if diff := gocmp.Diff(want, got); err != nil || diff != "" {
				t.Fatalf("%s: tasks %q: %s (%v)", step, where, diff, err)
			}
		}
	}
	compare("at first")
	r := rand.New(rand.NewPCG(1, 2))
	some := func() string { return persons[r.IntN(len(persons))] }
	for i := range 24 {
		step, kind, line := "", "person", ""
		switch i % 8 {
		case 0:
			kind, line = "unemployment", fmt.Sprintf(`{"id":"new-%d","person":%q,"on":"2026-05-01","reason":"20"}`, i, some())
		case 1: // moves to a household of its own, that nobody has
			line = fmt.Sprintf(`{"id":%q,"household":"none-%d"}`, some(), i)
		case 2: // the household comes
			kind, line = "household", fmt.Sprintf(`{"id":"none-%d","address":"湖滨路 %d 号"}`, i-1, i)
		case 3:
			line = fmt.Sprintf(`{"id":%q,"valid":"0","void_reason":"twice"}`, some())
		case 4: // an event of somebody who is not here
			kind, line = "unemployment", fmt.Sprintf(`{"id":"early-%d","person":"late-%d","on":"2026-04-01","reason":"20"}`, i, i)
		case 5: // who comes
			line = fmt.Sprintf(`{"id":"late-%d","name":"王晚来","status":"9"}`, i-1)
		case 6:
			kind, line = "unemployment", fmt.Sprintf(`{"id":"new-%d","valid":"0","void_reason":"wrong","correction_reason":"wrong"}`, i-6)
		case 7:
			kind, line = "household", fmt.Sprintf(`{"id":"none-%d","valid":"0","void_reason":"twice"}`, i-6)
		}
		step = fmt.Sprintf("step %d: %s %s", i, kind, line)
		kit.MustPut(t, s.at, kind, line+"\n")
		compare(step)
	}
}

// TestPartInOrder: parts of a table are together what a plain sort makes of all rows.
func TestPartInOrder(t *testing.T) {
	s := newNode(t)
	putEvents(t, s, community(t, s, 20))
	for _, table := range []desk.Table{{Kind: "ledger_insurance"}, {Kind: "person"}, {Kind: "ledger_unemployed", Where: `lasts = true`}} {
		plain := s.part(table, 0, desk.MaxPart).Part
		for _, field := range []string{"name", "sex", "education", "birth_date", "loss_on", "months"} {
			for _, down := range []bool{false, true} {
				table.Order = field
				if down {
					table.Order += " desc"
				}
				if _, err := s.desk.Part(t.Context(), table, 0, 1, nil, kit.Clerk); fault.Of(err) == fault.Invalid {
					continue // the kind does not have the field
				}
				want := slices.Clone(plain)
				slices.SortStableFunc(want, func(a, b *desk.Shown) int {
					x, y := fmt.Sprint(a.Fields[field]), fmt.Sprint(b.Fields[field])
					if field == "name" {
						x, y = desk.OrderKey(x), desk.OrderKey(y)
					}
					switch {
					case x == "<nil>" && y != x: // what is empty comes last
						return 1
					case y == "<nil>" && x != y:
						return -1
					case down:
						return cmp.Compare(y, x)
					}
					return cmp.Compare(x, y)
				})
				var got []*desk.Shown
				for from := 0; ; from += 7 {
					e := s.part(table, from, 7)
					if e.Rows != len(plain) {
						t.Fatalf("%s: %d rows in all, want %d", table.Order, e.Rows, len(plain))
					}
					if got = append(got, e.Part...); len(e.Part) < 7 {
						break
					}
				}
				if diff := gocmp.Diff(namesOf(want), namesOf(got)); diff != "" {
					t.Errorf("%s by %s: %s", table.Kind, table.Order, diff)
				}
			}
		}
	}
}

func namesOf(rows []*desk.Shown) (all []string) {
	for _, r := range rows {
		all = append(all, string(r.ID))
	}
	return all
}

// TestPartCalls: what records are called is said of the fields that are asked for.
func TestPartCalls(t *testing.T) {
	s := newNode(t)
	putEvents(t, s, community(t, s, 8))
	for _, want := range [][]string{nil, {}, {"person"}} {
		for _, row := range s.part(desk.Table{Kind: "unemployment", Called: want}, 0, 2).Part {
			if _, called := row.Called["person"]; called != (want == nil || len(want) > 0) || len(row.Called) > 1 && want != nil {
				t.Errorf("asked for what %q name: %q", want, row.Called)
			}
		}
	}
}
