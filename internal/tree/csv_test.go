package tree_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

const header = "code,name,level,parent_code,kind\n"

const file = "\ufeff" + header +
	"100000000000,省,1,,province\n" +
	"100100101001,东社区,5,100100101000,\n" +
	"100100000000,城,2,100000000000,\n" +
	"100100101000, 街 ,4,100100000000,x\n"

func numbered() func() change.UnitID {
	var n byte
	return func() change.UnitID { n++; return id(n) }
}

func TestParseCSV(t *testing.T) {
	got, err := tree.ParseCSV(strings.NewReader(file), "100100000000")
	if err != nil {
		t.Fatal(err)
	}
	want := []tree.Row{
		{Line: 4, Code: "100100000000", Name: "城", Level: tree.City},
		{Line: 5, Code: "100100101000", Name: "街", Level: tree.Street, ParentCode: "100100000000"},
		{Line: 3, Code: "100100101001", Name: "东社区", Level: tree.Community, ParentCode: "100100101000"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	tr := mustTree(t, tree.Assign(got, numbered()))
	if u, ok := tr.ByCode("100100101001"); !ok || !cmp.Equal(list(2, 1), tr.Ancestors(u.ID)) {
		t.Errorf("want the community below street and city, got %v", tr.Ancestors(u.ID))
	}
}

// TestParseCSVLeavesOutRetired: the list of a network's units has those that stand no longer,
// whose codes others may have.
func TestParseCSVLeavesOutRetired(t *testing.T) {
	const list = "id,code,name,level,parent_code,since,until,heir_code\n" +
		"a,100100000000,city,2,,,,\n" +
		"b,100100001000,old,3,100100000000,,2026-01-31,\n" +
		"c,100100001000,new,3,100100000000,2026-02-01,,\n"
	rows, err := tree.ParseCSV(strings.NewReader(list), "100100000000")
	if err != nil || len(rows) != 2 || rows[1].Name != "new" || rows[1].Line != 4 {
		t.Errorf("got %v, %v", rows, err)
	}
}

func TestParseCSVRefuses(t *testing.T) {
	const root = "100100000000"
	city := "100100000000,城,2,,\n"
	for name, c := range map[string]struct{ file, say string }{
		"empty":             {"", "empty"},
		"no column":         {"code,name,level\n" + city, "parent_code"},
		"column twice":      {"code,name,level,parent_code,code\n", "column code"},
		"wrong separator":   {"code;name;level;parent_code\n", "column code"},
		"short row":         {header + city + "100100001000\n", "line 3"},
		"stray quote":       {header + city + "1\"00,a,3,\n", "line 3"},
		"bad code":          {header + city + "10010000100,a,3,100100000000,\n", "line 3"},
		"bad parent":        {header + city + "100100001000,a,3,x,\n", "line 3"},
		"bad level":         {header + city + "100100001000,a,6,100100000000,\n", "line 3"},
		"no level at all":   {header + "100000000000,省,0,,\n100100000000,城,2,100000000000,\n", "line 2: the level"},
		"level no number":   {header + city + "100100001000,a,x,100100000000,\n", "line 3"},
		"blank name":        {header + city + "100100001000,,3,100100000000,\n", "line 3"},
		"formula":           {header + city + "100100001000,=a+1,3,100100000000,\n", "formula"},
		"number in a name":  {header + city + "100100001000,a11010519491231002X,3,100100000000,\n", "ID number"},
		"not UTF-8":         {header + city + "100100001000,\xbb\xc6,3,100100000000,\n", "line 3"},
		"duplicate":         {header + city + "100100001000,a,3,100100000000,\n100100001000,b,3,100100000000,\n", "line 4"},
		"no root":           {header + "100200000000,a,2,,\n", "100100000000"},
		"province root":     {header + "100100000000,a,1,,\n", "line 2"},
		"orphan":            {header + city + "100200001000,a,3,100200000000,\n", "line 3"},
		"second root":       {header + city + "100200000000,a,2,,\n", "line 3"},
		"sibling of root":   {header + "100000000000,a,1,,\n100100000000,城,2,100000000000,\n100200000000,b,2,100000000000,\n", "line 4"},
		"level not growing": {header + city + "100100001000,a,3,100100000000,\n100100002000,b,3,100100001000,\n", "line 4"},
		"own parent":        {header + city + "100100001000,a,3,100100001000,\n", "line 3"},
		"cycle":             {header + city + "100100001000,a,3,100100002000,\n100100002000,b,3,100100001000,\n", "stands above itself"},
		"cycle of root":     {header + "100100000000,城,2,100000000000,\n100000000000,a,1,100100000000,\n", "stands above itself"},
	} {
		_, err := tree.ParseCSV(strings.NewReader(c.file), root)
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: want invalid with %q, got %v", name, c.say, err)
		}
	}
	if _, err := tree.ParseCSV(strings.NewReader(file), "1001"); fault.Of(err) != fault.Invalid {
		t.Errorf("bad root: want invalid, got %v", err)
	}
}

// A cell in the wrong column may hold personal data.
func TestParseCSVKeepsContentOutOfErrors(t *testing.T) {
	const number = "11010119000101001X"
	for _, row := range []string{number + ",a,3,x,", "100100001000,a," + number + ",x,", "100100001000,a,3," + number + ","} {
		_, err := tree.ParseCSV(strings.NewReader(header+row+"\n"), "100100000000")
		if err == nil || strings.Contains(err.Error(), number) {
			t.Errorf("want an error without the cell, got %v", err)
		}
	}
}

func TestParseCSVLimit(t *testing.T) {
	huge := header + strings.Repeat("x", tree.MaxFile)
	if _, err := tree.ParseCSV(strings.NewReader(huge), "100100000000"); fault.Of(err) != fault.Invalid {
		t.Errorf("want invalid, got %v", err)
	}
}

// TestParseCSVSizes: the largest file and the most rows are taken in, and of what is larger
// nothing is cut off unsaid.
func TestParseCSVSizes(t *testing.T) {
	const city = "100100000000,城,2,,\n"
	bytes := func(n int) string {
		row := "100100001000,a,3,100100000000,"
		return header + city + row + strings.Repeat(" ", n-len(header+city+row)-1) + "\n"
	}
	rows := func(n int) string {
		var file strings.Builder
		file.WriteString(header + city)
		for i := 1; i < n; i++ {
			fmt.Fprintf(&file, "2%011d,a,3,100100000000,\n", i)
		}
		return file.String()
	}
	for name, c := range map[string]struct {
		file string
		say  string
	}{
		"the largest":    {bytes(tree.MaxFile), ""},
		"a byte more":    {bytes(tree.MaxFile + 1), "larger than"},
		"two bytes more": {bytes(tree.MaxFile + 2), "larger than"},
		"the most rows":  {rows(tree.MaxRows), ""},
		"a row too many": {rows(tree.MaxRows + 1), "larger than"},
		"many rows more": {rows(2 * tree.MaxRows), "larger than"},
	} {
		_, err := tree.ParseCSV(strings.NewReader(c.file), "100100000000")
		if (err == nil) != (c.say == "") || err != nil && !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: got %v, want %q", name, err, c.say)
		}
	}
}

// What ParseCSV accepts makes a tree.
func FuzzParseCSV(f *testing.F) {
	f.Add(file)
	f.Add(header + "100100000000,城,2,100000000000,\n100000000000,a,1,100100000000,\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := tree.ParseCSV(strings.NewReader(text), "100100000000")
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Errorf("want invalid, got %v", err)
			}
			return
		}
		if len(rows) > 255 {
			return // more than numbered can name
		}
		if _, err := tree.New(tree.Assign(rows, numbered())); err != nil {
			t.Errorf("rows make no tree: %v", err)
		}
	})
}
