package division_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/division"
	"tongbu/internal/tree"
)

const huangshi = "420200000000"

func mustEdition(t *testing.T, name string) []tree.Row {
	t.Helper()
	file, err := os.Open(filepath.Join("../../testdata/divisions", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read
	return must(tree.ParseCSV(file, huangshi))
}

// TestHuangshi: three editions of a real city, of which the first is founded and the others
// are applied by what Diff says: the trees are those of the tables, ids stay, and the days
// before keep theirs.
func TestHuangshi(t *testing.T) {
	editions := map[string][]tree.Row{"2016-07-31": mustEdition(t, "huangshi_2016.csv"), "2020-06-30": mustEdition(t, "huangshi_2020.csv"), "2023-06-30": mustEdition(t, "huangshi.csv")}
	units := tree.Assign(editions["2016-07-31"], counting())
	var steps []division.Step
	before := editions["2016-07-31"]
	for i, c := range []struct {
		day   string
		least map[division.Op]int
	}{
		{"2020-06-30", map[division.Op]int{division.Recode: 100, division.Add: 50, division.Rename: 10, division.Retire: 30}},
		{"2023-06-30", map[division.Op]int{division.Add: 30, division.Retire: 5}},
	} {
		rows, doubts := division.Diff(before, editions[c.day], true)
		if len(doubts) > 0 {
			t.Errorf("%s: %d doubts are left", c.day, len(doubts))
		}
		now := must(division.Tree(units, steps, c.day))
		made, problems := division.Judge(division.Plan{Tree: now, Rows: rows, On: c.day, Version: uint64(i + 1)})
		if len(problems) > 0 {
			t.Fatal(c.day, problems)
		}
		ops := map[division.Op]int{}
		for _, s := range made {
			ops[s.Op]++
		}
		t.Log(c.day, ops)
		for op, least := range c.least {
			if ops[op] < least {
				t.Errorf("%s: %d times %s, want %d at least", c.day, ops[op], op, least)
			}
		}
		steps, before = append(steps, made...), editions[c.day]
		now = must(division.Tree(units, steps, c.day))
		units = now.Units(now.Root().ID)
	}
	for day, rows := range editions {
		if diff := cmp.Diff(standingIn(rows), standing(must(division.Tree(units, steps, day)))); diff != "" {
			t.Errorf("%s: %s", day, diff)
		}
	}
	// 钟楼社区 has the code of before under the code of now, and is the same unit.
	then, now := must(division.Tree(units, steps, "2016-07-31")), must(division.Tree(units, steps, "2023-06-30"))
	was, _ := then.ByCode("420202404005")
	is, ok := now.ByCode("420202404005")
	if !ok || was.ID != is.ID || is.Code != "420202007005" {
		t.Errorf("钟楼社区 was %+v and is %+v", was, is)
	}
}

func standingIn(rows []tree.Row) map[string]string {
	all := map[string]string{}
	for _, r := range rows {
		all[r.Code] = fmt.Sprint(r.Name, " ", r.Level, " ", r.ParentCode)
	}
	return all
}

func standing(t *tree.Tree) map[string]string {
	all := map[string]string{}
	for _, u := range t.Units(t.Root().ID) {
		if parent, _ := t.Unit(u.Parent); u.Stands() {
			all[u.Code] = fmt.Sprint(u.Name, " ", u.Level, " ", parent.Code)
		}
	}
	return all
}
