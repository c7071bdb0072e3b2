package division_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/division"
	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

func TestJudge(t *testing.T) {
	steps, problems := judge(t, small(), ""+
		"add,000000000008,New Street,,000000000002,,,\n"+
		"recode,000000000005,,,000000000008,000000000006,,\n"+
		"recode,000000000006,Six,,,000000000005,,\n"+
		"merge,000000000004,,,,,000000000003,\n"+
		"rename,000000000001,City,,,,,\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got := map[string]string{}
	for _, s := range steps {
		got[s.Was.Code] = strings.Join([]string{string(s.Op), s.Now.Code, s.Now.Name, string(s.Now.Parent), string(s.Now.Heir), s.Now.Until, s.Now.Since}, " ")
	}
	added := string(steps[0].Now.ID)
	want := map[string]string{
		"":      "add " + code(8) + " New Street " + string(id(2)) + "   2026-12-01",
		code(5): "recode " + code(6) + " unit 5 " + added + "   ",
		code(6): "recode " + code(5) + " Six " + string(id(3)) + "   ",
		code(4): "merge " + code(4) + " unit 4 " + string(id(2)) + " " + string(id(3)) + " 2026-12-01 ",
		code(7): "reparent " + code(7) + " unit 7 " + string(id(3)) + "   ", // follows its street
		code(1): "rename " + code(1) + " City    ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for i, line := range []int{2, 3, 4, 5, 5, 6} {
		if steps[i].Line != line {
			t.Errorf("step %d: got line %d, want %d", i, steps[i].Line, line)
		}
	}
	tr := must(division.Tree(small(), steps, "2026-12-01"))
	if u, ok := tr.ByCode(code(4)); !ok || u.ID != id(3) || !tr.Below(id(3), id(7)) {
		t.Errorf("the merged street is %v", u)
	}
}

func TestJudgeRefuses(t *testing.T) {
	retired := small()
	retired[4].Until = "2026-01-01" // the community 5
	for name, c := range map[string]struct{ file, rule, say string }{
		"unknown code":                    {"rename,000000000099,x,,,,,\n", "unknown_code", "no unit has the code"},
		"a unit that was retired":         {"rename,000000000005,x,,,,,\n", "unknown_code", "retired on 2026-01-01"},
		"two operations on one unit":      {"rename,000000000006,x,,,,,\nretire,000000000006,,,,,,\n", "twice", "in line 2 already"},
		"the root":                        {"retire,000000000001,,,,,,\n", "root", "at the top"},
		"a code used twice":               {"recode,000000000006,,,,000000000007,,\n", "code_taken", "two units would have"},
		"an added code that is taken":     {"add,000000000006,x,,000000000003,,,\n", "code_taken", "two units would have"},
		"an orphan":                       {"add,000000000009,x,,000000000098,,,\n", "orphan", "is no unit"},
		"below a retired parent":          {"add,000000000009,x,5,000000000005,,,\n", "orphan", "does not stand"},
		"below one merged in the file":    {"merge,000000000003,,,,,000000000004,\nadd,000000000009,x,,000000000003,,,\n", "orphan", "does not stand"},
		"left below a retired unit":       {"retire,000000000003,,,,,,\n", "orphan", "1 units stand below"},
		"a level that cannot be":          {"add,000000000009,x,4,000000000006,,,\n", "level", "cannot stand below"},
		"a cycle":                         {"reparent,000000000002,,,000000000003,,,\n", "cycle", "cannot stand below"},
		"its own parent":                  {"reparent,000000000003,,,000000000003,,,\n", "cycle", "cannot stand below"},
		"merged into nobody":              {"merge,000000000006,,,,,000000000097,\n", "no_heir", "is no unit"},
		"merged into itself":              {"merge,000000000006,,,,,000000000006,\n", "no_heir", "its own heir"},
		"merged into a retired unit":      {"merge,000000000006,,,,,000000000005,\n", "heir_retired", "does not stand"},
		"merged into one that is merged":  {"merge,000000000006,,,,,000000000007,\nmerge,000000000007,,,,,000000000006,\n", "heir_retired", "does not stand"},
		"merged into another level":       {"merge,000000000006,,,,,000000000004,\n", "heir_level", "of the same level"},
		"a new name that is the old one":  {"rename,000000000006,unit 6,,,,,\n", "nothing", "already"},
		"a parent that is the old one":    {"reparent,000000000006,,,000000000003,,,\n", "nothing", "already"},
		"a split":                         {"split,000000000003,,,,,000000000004,list.csv\n", "split", "cannot be done yet"},
		"a bad name":                      {"rename,000000000006,\"a\tb\",,,,,\n", "form", "control character"},
		"a name that is a formula":        {"rename,000000000006,=1+1,,,,,\n", "form", "formula"},
		"a number in a name":              {"add,000000000009,x 110105194912310021,,000000000003,,,\n", "form", "ID number"},
		"no operation":                    {"remove,000000000006,,,,,,\n", "form", "op is none of"},
		"a merge without an heir":         {"merge,000000000006,,,,,,\n", "form", "needs the column heir_code"},
		"a column that says nothing here": {"retire,000000000006,x,,,,,\n", "form", "takes no column name"},
		"a code that is none":             {"retire,00000000000x,,,,,,\n", "form", "12 digits"},
		"a level that is none":            {"add,000000000009,x,9,000000000003,,,\n", "form", "2 to 5"},
		"too many cells":                  {"retire,000000000006,,,,,,,x\n", "form", "more cells"},
	} {
		steps, problems := judge(t, retired, c.file)
		if len(steps) > 0 || len(problems) == 0 || problems[0].Rule != c.rule || !strings.Contains(problems[0].Message, c.say) || problems[0].Line < 2 {
			t.Errorf("%s: got %v, want %s with %q", name, problems, c.rule, c.say)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, say string }{
		"nothing": {"", "empty"}, "no rows": {header, "no rows"}, "an unknown column": {"op,code,nam\n", "column 3"},
		"a column twice": {"op,code,op\n", "column 3"}, "without op": {"code,name\n", "op and code"}, "a stray quote": {header + "a\"b,c\n", "line 2"},
		"too large": {header + strings.Repeat("x", division.MaxFile), "larger than"},
	} {
		_, _, err := division.Parse(strings.NewReader(c.file))
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: got %v, want %q", name, err, c.say)
		}
	}
}

// TestWriteIsRead: what is written is read as it was.
func TestWriteIsRead(t *testing.T) {
	rows := []division.Row{
		{Line: 2, Op: division.Add, Code: code(1), Name: `a "b", c`, Level: tree.Street, ParentCode: code(2)},
		{Line: 3, Op: division.Recode, Code: code(1), NewCode: code(2)}, {Line: 4, Op: division.Merge, Code: code(1), HeirCode: code(2)},
	}
	var b strings.Builder
	if err := division.Write(&b, rows); err != nil {
		t.Fatal(err)
	}
	got, problems, err := division.Parse(strings.NewReader(b.String()))
	if diff := cmp.Diff(rows, got); diff != "" || err != nil || len(problems) > 0 {
		t.Error(diff, problems, err)
	}
}
