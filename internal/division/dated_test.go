package division_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/change"
	"tongbu/internal/division"
	"tongbu/internal/test/drawn"
	"tongbu/internal/tree"
)

// days on which the operations of a sequence come into force.
func dayOf(n int) string { return fmt.Sprintf("2026-%02d-%02d", 1+n/28, 1+n%28) }

func byID(units []tree.Unit) map[change.UnitID]tree.Unit {
	all := map[change.UnitID]tree.Unit{}
	for _, u := range units {
		all[u.ID] = u
	}
	return all
}

// drawRow is an operation that may be in order or not.
func drawRow(t *rapid.T, units []tree.Unit, line int) division.Row {
	some := func(what string) string {
		if rapid.IntRange(0, 30).Draw(t, "new") == 0 {
			return code(rapid.IntRange(1, 60).Draw(t, what))
		}
		return drawn.Evenly(t, what, units...).Code
	}
	row := division.Row{Line: line, Op: drawn.Evenly(t, "op", division.Ops...), Code: some("code")}
	switch row.Op {
	case division.Add:
		row.Code, row.Name, row.ParentCode = code(rapid.IntRange(1, 60).Draw(t, "new code")), fmt.Sprint("added ", line), some("parent")
	case division.Rename:
		row.Name = fmt.Sprint("renamed ", line)
	case division.Recode:
		row.NewCode = code(rapid.IntRange(1, 60).Draw(t, "new code"))
		if rapid.Bool().Draw(t, "moved") {
			row.ParentCode = some("parent")
		}
	case division.Reparent:
		row.ParentCode = some("parent")
	case division.Merge:
		row.HeirCode = some("heir")
		if like := besides(units, row.Code); len(like) > 0 && drawn.Evenly(t, "a likely heir", true, true, true, false) {
			row.HeirCode = drawn.Evenly(t, "heir", like...).Code
		}
	}
	return row
}

// besides are the other units of the level of one.
func besides(units []tree.Unit, code string) []tree.Unit {
	at := slices.IndexFunc(units, func(u tree.Unit) bool { return u.Code == code })
	return slices.DeleteFunc(slices.Clone(units), func(u tree.Unit) bool { return at < 0 || u.Code == code || u.Level != units[at].Level })
}

// TestAnySequenceHoldsTogether: whatever is tried, the tree of every day has one root, all
// units below it, merged ones below their heirs, and is that which it was when it was the
// tree of today.
func TestAnySequenceHoldsTogether(t *testing.T) {
	done := map[division.Op]int{}
	rapid.Check(t, func(t *rapid.T) {
		units := small()
		founded := units
		var steps []division.Step
		then := []map[change.UnitID]tree.Unit{byID(units)}
		days := drawn.Evenly(t, "days", 1, 2, 4, 8, 12)
		for n := 1; n <= days; n++ {
			day := dayOf(n)
			rows := make([]division.Row, drawn.Evenly(t, "rows", 1, 1, 2, 3))
			for i := range rows {
				rows[i] = drawRow(t, units, i+2)
			}
			now, err := division.Tree(units, steps, day)
			if err != nil {
				t.Fatal(err)
			}
			made, problems := division.Judge(division.Plan{Tree: now, Rows: rows, On: day, Version: uint64(n)})
			if (len(made) > 0) == (len(problems) > 0) {
				t.Fatalf("%d steps and %d problems", len(made), len(problems))
			}
			for _, s := range made {
				done[s.Op]++
				if s.Now.ID != s.Was.ID && s.Op != division.Add || s.Op == division.Add && then[n-1][s.Now.ID].ID != "" {
					t.Errorf("%s gave unit %s the id %s", s.Op, s.Was.ID, s.Now.ID)
				}
			}
			steps = append(steps, made...)
			next, err := division.Tree(units, steps, day)
			if err != nil {
				t.Fatal(err)
			}
			units = next.Units(next.Root().ID)
			then = append(then, byID(units))
		}
		for n, want := range then {
			for name, from := range map[string][]tree.Unit{"the first units": founded, "the last": units} {
				tr, err := division.Tree(from, steps, dayOf(n))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, byID(tr.Units(tr.Root().ID))); diff != "" {
					t.Fatalf("day %d from %s: %s", n, name, diff)
				}
				checkTree(t, tr)
			}
		}
	})
	for _, op := range division.Ops {
		if done[op] == 0 && op != division.Split {
			t.Errorf("%s was never done: %v", op, done)
		}
	}
}

func checkTree(t *rapid.T, tr *tree.Tree) {
	root, stand := tr.Root().ID, map[string]bool{}
	for _, u := range tr.Units(root) {
		heir, _ := tr.Unit(tr.Heir(u.ID))
		switch {
		case !tr.Below(root, u.ID):
			t.Errorf("%s is not below the root", u.Code)
		case u.Stands() && stand[u.Code]:
			t.Errorf("%s stands twice", u.Code)
		case u.Merged() && (heir.Merged() || heir.Level != u.Level || !tr.Below(heir.ID, u.ID) || tr.Below(u.ID, heir.ID)):
			t.Errorf("%s is not below its heir %s", u.Code, heir.Code)
		}
		stand[u.Code] = stand[u.Code] || u.Stands()
		if at, ok := tr.ByCode(u.Code); !ok || u.Stands() && at.ID != u.ID || at.Merged() {
			t.Errorf("code %s finds %v", u.Code, at)
		}
	}
}

// TestCodesStayReadable: a code that was given up finds the unit as it is called now, until
// another has it.
func TestCodesStayReadable(t *testing.T) {
	units := small()
	steps, problems := judge(t, units, "recode,000000000005,,,,000000000015,,\nrecode,000000000006,,,,000000000016,,\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	before, after := must(division.Tree(units, steps, "2026-11-30")), must(division.Tree(units, steps, "2026-12-01"))
	if u, ok := before.ByCode(code(15)); ok {
		t.Errorf("the day before the new code finds %v", u)
	}
	if u, ok := before.ByCode(code(5)); !ok || u.Code != code(5) {
		t.Errorf("the day before the code finds %v", u)
	}
	if u, ok := after.ByCode(code(5)); !ok || u.Code != code(15) || u.ID != id(5) {
		t.Errorf("on the day the old code finds %v", u)
	}
	later, problems := division.Judge(division.Plan{Tree: after, Rows: []division.Row{{Line: 2, Op: division.Recode, Code: code(7), NewCode: code(5)}}, On: "2026-12-02", Version: 2})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if u, ok := must(division.Tree(units, append(steps, later...), "2026-12-02")).ByCode(code(5)); !ok || u.ID != id(7) {
		t.Errorf("the code that another has taken finds %v", u)
	}
}
