package watch_test

import (
	"fmt"
	"testing"

	"tongbu/internal/change"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/internal/test/kit"
	"tongbu/internal/tree"
)

var (
	persons = question.Question{Kind: "person", Select: []string{"id", "name", "unit", "sex"}}
)

type fields = map[string]change.Value

// person is a change of a person that a unit calls by a number of its own.
func person(of tree.Unit, number string, set fields) *change.Change {
	return &change.Change{Kind: "person", Record: kit.Name(of, "person", number), Fields: change.FieldsOf(set), At: 1}
}

func record(of tree.Unit, kind, number string, set fields) *change.Change {
	return &change.Change{Kind: kind, Record: kit.Name(of, kind, number), Fields: change.FieldsOf(set), At: 1}
}

func named(name string) fields { return fields{"name": change.Text(name)} }

// TestChanged: each record that was changed after a position comes, as it is now.
func TestChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	a, b, d := kit.Name(kit.First, "person", "a"), kit.Name(kit.First, "person", "b"), kit.Name(kit.First, "person", "d")
	clerk.MustSay(t, w.city, kit.First, person(kit.First, "a", named("甲")), person(kit.First, "b", named("乙")))
	w.sync()
	c := newCopy(persons, "")
	w.mustCatchUp(c)
	w.wantCopy(c)
	if len(c.rows) != 2 {
		t.Fatalf("%d rows, want 2", len(c.rows))
	}
	c.seen = map[string]bool{}
	clerk.MustSay(t, w.city, kit.First, person(kit.First, "b", fields{"sex": change.Text("2")}), person(kit.First, "d", named("丁")))
	clerk.MustSay(t, w.city, kit.First, person(kit.First, "d", named("戊")))
	w.sync()
	w.mustCatchUp(c)
	w.wantCopy(c)
	if c.seen[string(a)] || !c.seen[string(b)] || !c.seen[string(d)] || len(c.gone) != 0 {
		t.Errorf("came: %v, gone: %v; want what was changed alone", c.seen, c.gone)
	}
	c.seen = map[string]bool{}
	w.mustCatchUp(c)
	if len(c.seen) != 0 {
		t.Errorf("came again: %v", c.seen)
	}
}

// TestGone: what is void, refused, or not in the filter any more is told to be gone, and
// comes again when that is taken back.
func TestGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	var people []*change.Change
	for _, n := range []string{"void", "refused", "range1", "range2", "filtered", "stays"} {
		people = append(people, person(kit.First, n, fields{"name": change.Text(n), "sex": change.Text("1")}))
	}
	clerk.MustSay(t, w.city, kit.First, people...)
	w.sync()
	q := persons
	q.Filter = `sex = "1"`
	c := newCopy(q, "")
	w.mustCatchUp(c)
	w.wantCopy(c)
	in := clerk.Stream(kit.First)
	word := system.WordID(in, 2)
	w.refuse(word, kit.First, fields{"stream": change.Text(in.String()), "seq": change.Int(2), "count": change.Int(1), "kind": change.Text("person"),
		"record": change.Text(string(people[1].Record)), "rule": change.Text("made_up"), "unit": change.Text(string(kit.First.ID))})
	words := system.Ranges(system.Range{Stream: in, Rule: "made_up", Unit: kit.First.ID}, []uint64{3, 4})
	w.refuse(words[0].ID(), kit.First, words[0].Fields())
	clerk.MustSay(t, w.city, kit.First, person(kit.First, "void", fields{"valid": change.Text("0")}), person(kit.First, "filtered", fields{"sex": change.Text("2")}))
	w.sync()
	w.mustCatchUp(c)
	w.wantCopy(c)
	for i, p := range people {
		if c.gone[string(p.Record)] != (i < 5) {
			t.Errorf("person %d: gone is %v", i, c.gone[string(p.Record)])
		}
	}
	wantIDs(t, "left", c.ids(), []string{string(people[5].Record)})
	w.takeBack(word, kit.First)
	w.takeBack(words[0].ID(), kit.First)
	clerk.MustSay(t, w.city, kit.First, person(kit.First, "void", fields{"valid": change.Text("1")}), person(kit.First, "filtered", fields{"sex": change.Text("1")}))
	w.sync()
	w.mustCatchUp(c)
	w.wantCopy(c)
	if len(c.rows) < 5 {
		t.Errorf("%d rows after the words were taken back", len(c.rows))
	}
}

// TestJudgedRanges: past a hundred changes that are not in order the city's words name
// ranges.
func TestJudgedRanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clerk := w.MustForger(t, kit.First)
	var people []*change.Change
	for i := range 300 {
		set := named("甲")
		if i%3 != 0 {
			set["sex"] = change.Text("7") // no such code
		}
		people = append(people, person(kit.First, fmt.Sprint(i), set))
	}
	clerk.MustSay(t, w.city, kit.First, people...)
	w.sync()
	c := newCopy(persons, "")
	w.mustCatchUp(c)
	if len(c.rows) != 300 {
		t.Fatalf("%d rows before the city judges, want 300", len(c.rows))
	}
	w.judge()
	w.mustCatchUp(c)
	w.wantCopy(c)
	if len(c.rows) >= 300 {
		t.Fatal("the city has refused nothing: the test tells nothing")
	}
}

// TestScopeOfUnit: somebody who watches a unit learns nothing of others, not even that a
// record was changed.
func TestScopeOfUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.MustForger(t, kit.First), w.MustForger(t, kit.Second)
	first.MustSay(t, w.city, kit.First, person(kit.First, "a", named("甲")))
	second.MustSay(t, w.city, kit.Second, person(kit.Second, "b", named("乙")))
	w.sync()
	w.scope = kit.First.ID
	q := persons
	q.Scope = kit.First.ID
	c := newCopy(q, "")
	w.mustCatchUp(c)
	first.MustSay(t, w.city, kit.First, person(kit.First, "a", named("丙")))
	second.MustSay(t, w.city, kit.Second, person(kit.Second, "b", fields{"valid": change.Text("0")}), person(kit.Second, "c", named("丁")))
	w.sync()
	w.mustCatchUp(c)
	w.wantCopy(c)
	wantIDs(t, "rows", c.ids(), []string{string(kit.Name(kit.First, "person", "a"))})
	if len(c.gone) != 0 {
		t.Errorf("gone: %v", c.gone)
	}
}

// TestUnits: the units themselves are watched as other records are.
func TestUnits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newCopy(question.Question{Kind: "unit"}, "")
	w.mustCatchUp(c)
	w.wantCopy(c)
	w.retree(func(u *tree.Unit) {
		if u.ID == kit.First.ID {
			u.Name = "renamed"
		}
	})
	w.sync()
	w.mustCatchUp(c)
	w.wantCopy(c)
}

// TestTree: a word of the city about the tree changes the rows of those units, and whose
// scope they lie in.
func TestTree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.MustForger(t, kit.First).MustSay(t, w.city, kit.First, person(kit.First, "a", named("甲")))
	w.MustForger(t, kit.Second).MustSay(t, w.city, kit.Second, person(kit.Second, "b", named("乙")))
	w.MustForger(t, kit.FarAway).MustSay(t, w.city, kit.FarAway, person(kit.FarAway, "c", named("丙")))
	w.sync()
	whole := newCopy(question.Question{Kind: "person", Select: []string{"id", "unit", "street", "community"}}, "")
	w.mustCatchUp(whole)
	w.scope = kit.Street.ID
	q := persons
	q.Scope = kit.Street.ID
	street := newCopy(q, "")
	w.mustCatchUp(street)
	w.retree(func(u *tree.Unit) {
		switch u.ID {
		case kit.First.ID:
			u.Code = "990101001077"
		case kit.Second.ID:
			u.Parent, u.Code = kit.FarStreet.ID, "990101002077"
		}
	})
	w.sync()
	w.mustCatchUp(street)
	w.wantCopy(street)
	w.scope = kit.City.ID
	w.mustCatchUp(whole)
	w.wantCopy(whole)
}
