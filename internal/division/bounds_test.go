package division_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/division"
	"tongbu/internal/tree"
)

// TestParseSizes: the largest file and the most lines are read, good ones and others, and of
// what is larger nothing is cut off unsaid.
func TestParseSizes(t *testing.T) {
	const good, bad = "retire,000000000006,,,,,,\n", "remove,000000000006,,,,,,\n"
	bytes := func(n int) string {
		return header + "retire,000000000006,,,,,," + strings.Repeat(" ", n-len(header)-len(good)) + "\n"
	}
	for name, c := range map[string]struct {
		file           string
		rows, problems int
		say            string
	}{
		"the largest":       {bytes(division.MaxFile), 1, 0, ""},
		"a byte more":       {bytes(division.MaxFile + 1), 0, 0, "larger than"},
		"two bytes more":    {bytes(division.MaxFile + 2), 0, 0, "larger than"},
		"one of each":       {header + good + bad, 1, 1, ""},
		"the most lines":    {header + strings.Repeat(good, division.MaxRows), division.MaxRows, 0, ""},
		"the most, mixed":   {header + good + strings.Repeat(bad, division.MaxRows-1), 1, division.MaxRows - 1, ""},
		"a line too many":   {header + strings.Repeat(good, division.MaxRows+1), 0, 0, "larger than"},
		"too many, all bad": {header + strings.Repeat(bad, division.MaxRows+1), 0, 0, "larger than"},
	} {
		rows, problems, err := division.Parse(strings.NewReader(c.file))
		if len(rows) != c.rows || len(problems) != c.problems || (err == nil) != (c.say == "") || err != nil && !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %d rows, %d problems, %v; want %d, %d, %q", name, len(rows), len(problems), err, c.rows, c.problems, c.say)
		}
	}
}

type fullDisk struct{}

var errFull = errors.New("no space left")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// TestWriteFails: a file that could not be written is said, also where it is short enough to
// have stayed in a buffer.
func TestWriteFails(t *testing.T) {
	if err := division.Write(fullDisk{}, []division.Row{{Op: division.Retire, Code: code(6)}}); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
}

// TestOneProblemALine: each wrong line has its one problem, and hides none of those below it.
func TestOneProblemALine(t *testing.T) {
	merged := small()
	merged[4].Until = "2026-01-01"                        // the community 5
	merged[3].Heir, merged[3].Until = id(3), "2026-01-01" // the street 4
	merged[6].Parent = id(3)
	for name, c := range map[string]struct{ file, rules string }{
		"behind a split":                 {"split,000000000003,,,,,000000000006,list.csv\nretire,000000000099,,,,,,\n", "split unknown_code"},
		"below a retired community":      {"add,000000000009,x,5,000000000005,,,\n", "orphan"},
		"below a community, no level":    {"add,000000000009,x,,000000000006,,,\n", "level"},
		"below a community, as another":  {"add,000000000009,x,5,000000000006,,,\n", "level"},
		"a unit that was merged already": {"rename,000000000004,x,,,,,\n", "unknown_code"},
	} {
		_, problems := judge(t, merged, c.file)
		var rules []string
		for _, p := range problems {
			rules = append(rules, p.Rule)
		}
		if got := strings.Join(rules, " "); got != c.rules {
			t.Errorf("%s: got %v, want %s", name, problems, c.rules)
		}
	}
}

// TestDiffOfDistricts: who has the same name in another district is somebody else; the unit
// at the top is the same one under another code; rows have the lines of the file they make.
func TestDiffOfDistricts(t *testing.T) {
	before := append(edition(), row(20, "west", tree.District, 1), row(21, "port", tree.Street, 20))
	after := append(edition()[1:], row(11, "city", tree.City, 0), row(20, "west", tree.District, 11), row(21, "port", tree.Street, 20))
	after[0].ParentCode = code(11)
	for i := range after {
		if after[i].Code == code(6) {
			after[i].Code, after[i].ParentCode = code(26), code(21)
		}
	}
	rows, doubts := division.Diff(before, after, false)
	if got, want := told(rows), "recode 1 11, retire 6, add 26 gate 21"; got != want || len(doubts) > 0 {
		t.Errorf("got %s and doubts %v, want %s and none", got, doubts, want)
	}
	var file strings.Builder
	if err := division.Write(&file, rows); err != nil {
		t.Fatal(err)
	}
	read, _, err := division.Parse(strings.NewReader(file.String()))
	if diff := cmp.Diff(rows, read); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestCodesOfADay: a code is given up by the day from which the unit has another one; a unit
// that was added has given up none.
func TestCodesOfADay(t *testing.T) {
	was, now := unit(6, tree.Community, 3), unit(6, tree.Community, 3)
	now.Code = code(26)
	steps := []division.Step{
		{On: "2026-03-01", Op: division.Add, Now: unit(8, tree.Community, 3)}, {On: "2026-03-02", Op: division.Recode, Was: was, Now: now},
	}
	for day, want := range map[string]int{"2026-03-01": 0, "2026-03-02": 1, "2026-03-03": 1} {
		codes := division.Codes(steps, day)
		if len(codes) != want || want == 1 && codes[code(6)] != id(6) {
			t.Errorf("%s: got %v, want %d", day, codes, want)
		}
	}
}
