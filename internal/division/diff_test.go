package division_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongbu/internal/division"
	"tongbu/internal/tree"
)

func row(n int, name string, level tree.Level, parent int) tree.Row {
	r := tree.Row{Code: code(n), Name: name, Level: level}
	if parent > 0 {
		r.ParentCode = code(parent)
	}
	return r
}

func edition() []tree.Row {
	return []tree.Row{row(1, "city", tree.City, 0), row(2, "east", tree.District, 1), row(3, "hill", tree.Street, 2), row(4, "lake", tree.Street, 2),
		row(5, "bell", tree.Community, 3), row(6, "gate", tree.Community, 3), row(7, "pine", tree.Community, 4)}
}

func TestDiff(t *testing.T) {
	later := []tree.Row{row(1, "city", tree.City, 0), row(2, "east", tree.District, 1), row(13, "hill", tree.Street, 2), row(4, "lakes", tree.Street, 2),
		row(15, "bell", tree.Community, 13), row(16, "gate", tree.Community, 4), row(8, "moon", tree.Community, 4)}
	rows, doubts := division.Diff(edition(), later, false)
	want := "recode 3 13, rename 4 lakes, recode 5 15, retire 6, retire 7, add 8 moon 4, add 16 gate 4"
	if got := told(rows); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(doubts) != 1 || doubts[0].Was != code(6) || doubts[0].Now != code(16) {
		t.Errorf("doubts: %v", doubts)
	}
	rows, doubts = division.Diff(edition(), later, true)
	want = "recode 3 13, rename 4 lakes, recode 5 15, recode 6 4 16, retire 7, add 8 moon 4"
	if got := told(rows); got != want || len(doubts) > 0 {
		t.Errorf("joined: got  %s\nwant %s", got, want)
	}
}

// told is what rows say, with codes as numbers.
func told(rows []division.Row) string {
	var all []string
	for _, r := range rows {
		words := []string{string(r.Op)}
		for _, text := range []string{r.Code, r.Name, r.ParentCode, r.NewCode} {
			if tree.IsCode(text) {
				text = strings.TrimLeft(text, "0")
			}
			if text != "" {
				words = append(words, text)
			}
		}
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(all, ", ")
}

// TestDiffIsApplied: applied to a tree of the one edition, what Diff says makes the other.
func TestDiffIsApplied(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawEdition(t, "before"), drawEdition(t, "after")
		rows, _ := division.Diff(before, after, rapid.Bool().Draw(t, "joined"))
		tr := must(tree.New(tree.Assign(before, counting())))
		var steps []division.Step
		if len(rows) > 0 {
			var problems []division.Problem
			if steps, problems = division.Judge(division.Plan{Tree: tr, Rows: rows, On: "2026-12-01"}); len(problems) > 0 {
				t.Fatal(problems, told(rows))
			}
		}
		next := must(division.Tree(tr.Units(tr.Root().ID), steps, "2026-12-01"))
		want := map[string]string{}
		for _, r := range after {
			want[r.Code] = fmt.Sprint(r.Name, " ", r.Level, " ", r.ParentCode)
		}
		got := map[string]string{}
		for _, u := range next.Units(next.Root().ID) {
			if parent, _ := next.Unit(u.Parent); u.Stands() {
				got[u.Code] = fmt.Sprint(u.Name, " ", u.Level, " ", parent.Code)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", told(rows), diff)
		}
	})
}

// drawEdition has few names and codes, so that two of them are much alike.
func drawEdition(t *rapid.T, which string) []tree.Row {
	rows := []tree.Row{row(1, "city", tree.City, 0)}
	codes := rapid.Permutation([]int{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}).Draw(t, which)
	for _, n := range codes[:rapid.IntRange(0, len(codes)).Draw(t, "units")] {
		parents := slices.DeleteFunc(slices.Clone(rows), func(r tree.Row) bool { return r.Level == tree.Community })
		p := rapid.SampledFrom(parents).Draw(t, "parent")
		level := tree.Level(rapid.IntRange(int(p.Level)+1, int(tree.Community)).Draw(t, "level"))
		r := tree.Row{Code: code(n), Name: rapid.SampledFrom([]string{"bell", "gate", "pine", "moon"}).Draw(t, "name"), Level: level, ParentCode: p.Code}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b tree.Row) int { return int(a.Level - b.Level) })
	return rows
}
