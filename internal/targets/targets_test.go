package targets_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/facts"
	"tongbu/internal/targets"
	"tongbu/internal/tree"
)

// long is the id of a unit that tests write by its first letters.
func long(unit change.UnitID) change.UnitID {
	return change.UnitID(strings.ToLower(string(unit)) + strings.Repeat("x", 16-len(unit)))
}

func short(unit change.UnitID) string { return strings.ToUpper(strings.TrimRight(string(unit), "x")) }

// The units of these tests: a city of two districts, one with two streets.
func mustTree(t *testing.T) *tree.Tree {
	t.Helper()
	tr, err := tree.New([]tree.Unit{
		{ID: long("C"), Code: "990000000000", Name: "City", Level: tree.City},
		{ID: long("DA"), Code: "990100000000", Name: "District 1", Level: tree.District, Parent: long("C")},
		{ID: long("DB"), Code: "990200000000", Name: "District 2", Level: tree.District, Parent: long("C")},
		{ID: long("SA"), Code: "990101000000", Name: "Street 1", Level: tree.Street, Parent: long("DA")},
		{ID: long("SB"), Code: "990102000000", Name: "Street 2", Level: tree.Street, Parent: long("DA")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// aTarget is one for 100 re-employed persons.
func aTarget(id change.RecordID, unit change.UnitID, set func(*targets.Target)) targets.Target {
	t := targets.Target{ID: id, Year: 2026, Line: "02", Unit: long(unit), Amount: 100, Measure: "1", Responsible: "王主任"}
	if set != nil {
		set(&t)
	}
	return t
}

// book judges by what is done of each unit.
func book(t *testing.T, day string, done map[change.UnitID]targets.Figure) targets.Book {
	return targets.Book{Tree: mustTree(t), Year: 2026, Day: day, Figure: func(unit change.UnitID, _ facts.Indicator) (targets.Figure, bool) {
		f, ok := done[change.UnitID(short(unit))]
		return f, ok
	}}
}

func TestTime(t *testing.T) {
	for _, c := range []struct {
		year       int64
		due, day   string
		gone, days int
	}{
		{2026, "", "2025-12-31", 0, 365},
		{2026, "", "2026-01-01", 1, 365},
		{2026, "", "2026-12-30", 364, 365},
		{2026, "", "2026-12-31", 365, 365},
		{2026, "", "2027-06-01", 365, 365},
		{2024, "", "2024-12-31", 366, 366},
		{2026, "2026-06-30", "2026-03-31", 90, 181},
		{2026, "2026-06-30", "2026-06-30", 181, 181},
		{2026, "2026-06-30", "2026-07-01", 181, 181},
		{2026, "2027-01-31", "2026-12-31", 365, 396},
		{2026, "2025-12-31", "2026-01-01", 1, 1},
		{2026, "no day", "2026-01-01", 1, 365},
	} {
		if gone, days := targets.Time(c.year, c.due, c.day); gone != c.gone || days != c.days {
			t.Errorf("%d due %q on %s: got %d of %d days, want %d of %d", c.year, c.due, c.day, gone, days, c.gone, c.days)
		}
	}
}

// TestStates: how one target stands.
func TestStates(t *testing.T) {
	rate := func(line string, amount int64) func(*targets.Target) {
		return func(t *targets.Target) { t.Line, t.Measure, t.Amount = line, "6", amount }
	}
	for name, c := range map[string]struct {
		set  func(*targets.Target)
		day  string
		done targets.Figure
		want targets.State
	}{
		"reached":                    {nil, "2026-01-01", targets.Figure{Done: 100}, targets.Met},
		"a day short of the share":   {nil, "2026-03-14", targets.Figure{Done: 20}, targets.Ahead}, // 73 of 365 days are 20 %
		"a day after the share":      {nil, "2026-03-15", targets.Figure{Done: 20}, targets.Behind},
		"on the last day":            {nil, "2026-12-31", targets.Figure{Done: 99}, targets.Behind},
		"its own term":               {func(t *targets.Target) { t.DueOn = "2026-03-14" }, "2026-03-13", targets.Figure{Done: 98}, targets.Behind},
		"of nothing":                 {func(t *targets.Target) { t.Amount = 0 }, "2026-06-01", targets.Figure{}, targets.NoAmount},
		"less than nothing":          {func(t *targets.Target) { t.Amount = -5 }, "2026-06-01", targets.Figure{Done: 3}, targets.NoAmount},
		"a rate of more than all":    {rate("15", 101), "2026-06-01", targets.Figure{Done: 3, Of: 10}, targets.NoAmount},
		"more than there can be":     {func(t *targets.Target) { t.Amount = 1 << 62 }, "2026-06-01", targets.Figure{Done: 3}, targets.NoAmount},
		"less left than came":        {func(t *targets.Target) { t.Line, t.Measure = "12", "2" }, "2026-01-01", targets.Figure{Done: -3}, targets.Behind},
		"before the year":            {nil, "2025-12-31", targets.Figure{Done: 5}, targets.Before},
		"a large one":                {func(t *targets.Target) { t.Amount = 1e12 }, "2026-12-30", targets.Figure{Done: 1e12 - 1}, targets.Ahead},
		"without a measure":          {func(t *targets.Target) { t.Measure = "" }, "2026-01-01", targets.Figure{Done: 100}, targets.Met},
		"in a measure nobody counts": {func(t *targets.Target) { t.Measure = "5" }, "2026-01-01", targets.Figure{Done: 100}, targets.NoFigure},
		"a line nobody counts":       {func(t *targets.Target) { t.Line = "13" }, "2026-01-01", targets.Figure{Done: 100}, targets.NoFigure},
		"at most, below":             {rate("15", 4), "2026-01-01", targets.Figure{Done: 3, Of: 100}, targets.Met},
		"at most, just so":           {rate("15", 4), "2026-12-31", targets.Figure{Done: 4, Of: 100}, targets.Met},
		"at most, above":             {rate("15", 4), "2026-01-01", targets.Figure{Done: 401, Of: 10000}, targets.Behind},
		"at least, just so":          {rate("16", 70), "2026-01-01", targets.Figure{Done: 7, Of: 10}, targets.Met},
		"at least, below":            {rate("18", 100), "2026-01-01", targets.Figure{Done: 99, Of: 100}, targets.Behind},
		"of nobody":                  {rate("16", 70), "2026-12-31", targets.Figure{}, targets.NoValue},
	} {
		got := book(t, c.day, map[change.UnitID]targets.Figure{"SA": c.done}).Judge([]targets.Target{aTarget("t", "SA", c.set)})
		if got[0].State != c.want {
			t.Errorf("%s: got %s, want %s", name, got[0].State, c.want)
		}
	}
	if got := book(t, "2026-06-01", nil).Judge([]targets.Target{aTarget("t", "SA", nil)}); got[0].State != targets.NoFigure || got[0].Figure != nil {
		t.Errorf("without a figure: got %s", got[0].State)
	}
}

// form is what the parts of targets come to, and what is said of each.
func form(all []targets.Standing) string {
	var b strings.Builder
	for _, s := range all {
		fmt.Fprintf(&b, "%s %s %s", s.ID, short(s.Unit), s.State)
		if s.Split.Parts > 0 {
			without := []string{}
			for _, u := range s.Split.Without {
				without = append(without, short(u))
			}
			fmt.Fprintf(&b, " %d parts %d (%+d) without %v", s.Split.Parts, s.Split.Sum, s.Split.Difference, without)
		}
		fmt.Fprintln(&b, "", s.Notes)
	}
	return b.String()
}

// TestParts: the sum of the parts beside the whole, and who has none.
func TestParts(t *testing.T) {
	part := func(id change.RecordID, unit change.UnitID, of change.RecordID, amount int64) targets.Target {
		return aTarget(id, unit, func(t *targets.Target) { t.PartOf, t.Amount = of, amount })
	}
	whole := aTarget("whole", "C", nil)
	for name, c := range map[string]struct {
		all  []targets.Target
		want string
	}{
		"they add up": {[]targets.Target{whole, part("a", "DA", "whole", 60), part("b", "DB", "whole", 40)},
			"whole C behind 2 parts 100 (+0) without [] []\na DA behind [not_split]\nb DB behind []\n"},
		"too little": {[]targets.Target{whole, part("a", "DA", "whole", 60)},
			"whole C behind 1 parts 60 (-40) without [DB] [parts_short]\na DA behind [not_split]\n"},
		"too much": {[]targets.Target{whole, part("a", "DB", "whole", 120)},
			"whole C behind 1 parts 120 (+20) without [DA] [parts_over]\na DB behind []\n"},
		"parts that cannot be": {[]targets.Target{whole, part("a", "DA", "whole", math.MaxInt64), part("b", "DB", "whole", math.MaxInt64)},
			"whole C behind 2 parts 0 (-100) without [] [parts_short]\na DA no_amount [impossible not_split]\nb DB no_amount [impossible]\n"},
		"a whole that cannot be": {[]targets.Target{aTarget("whole", "C", func(t *targets.Target) { t.Amount = math.MinInt64 }), part("a", "DB", "whole", 5)},
			"whole C no_amount 1 parts 5 (+0) without [DA] [impossible]\na DB behind []\n"},
		"stretched": {[]targets.Target{aTarget("whole", "C", func(t *targets.Target) { t.Stretched = true }), part("a", "DB", "whole", 120)},
			"whole C behind 1 parts 120 (+20) without [DA] []\na DB behind []\n"},
		"not split": {[]targets.Target{whole},
			"whole C behind [not_split]\n"},
		"of another line": {[]targets.Target{whole, aTarget("a", "DB", func(t *targets.Target) { t.PartOf, t.Line = "whole", "03" })},
			"whole C behind [not_split]\na DB behind [misfit]\n"},
		"of a unit below": {[]targets.Target{aTarget("whole", "SA", nil), part("a", "DA", "whole", 1)},
			"a DA behind [misfit not_split]\nwhole SA behind []\n"},
		"of itself": {[]targets.Target{part("a", "DB", "a", 1)},
			"a DB behind [misfit]\n"},
		"of nothing": {[]targets.Target{part("a", "DB", "nosuch", 1)},
			"a DB behind [whole_missing]\n"},
		"of another year": {[]targets.Target{aTarget("whole", "C", func(t *targets.Target) { t.Year = 2025 }), part("a", "DB", "whole", 1)},
			"a DB behind [whole_missing]\n"},
		"two of a unit, the later counts": {[]targets.Target{whole, part("a", "DB", "whole", 70), part("b", "DB", "whole", 100)},
			"whole C behind 1 parts 100 (+0) without [DA] []\na DB replaced []\nb DB behind [twice]\n"},
		"a whole that does not count": {[]targets.Target{whole, aTarget("x", "C", nil), part("a", "DB", "whole", 100)},
			"whole C replaced []\nx C behind [twice not_split]\na DB behind [whole_replaced]\n"},
		"nobody answers": {[]targets.Target{aTarget("a", "DB", func(t *targets.Target) { t.Responsible = " " })},
			"a DB behind [nobody_answers]\n"},
		"a unit that is no more": {[]targets.Target{whole, part("a", "gone", "whole", 5)},
			"whole C behind [not_split]\na GONE behind [unit_unknown misfit]\n"},
		"over, and not done": {[]targets.Target{aTarget("a", "DB", func(t *targets.Target) { t.DueOn = "2026-03-31" })},
			"a DB behind [after_due]\n"},
	} {
		done := map[change.UnitID]targets.Figure{"C": {}, "DA": {}, "DB": {}, "SA": {}, "GONE": {}}
		if got := form(book(t, "2026-06-01", done).Judge(c.all)); got != c.want {
			t.Errorf("%s:\n%s", name, cmp.Diff(c.want, got))
		}
	}
}

// TestSharesAreNotSummed: a rate has parts, and no sum of them.
func TestSharesAreNotSummed(t *testing.T) {
	rate := func(id change.RecordID, unit change.UnitID, of change.RecordID) targets.Target {
		return aTarget(id, unit, func(t *targets.Target) { t.Line, t.Measure, t.Amount, t.PartOf = "15", "6", 4, of })
	}
	got := book(t, "2026-06-01", nil).Judge([]targets.Target{rate("w", "C", ""), rate("a", "DA", "w"), rate("b", "DB", "w")})
	if s := got[0].Split; s.Parts != 2 || s.Sum != 0 || s.Difference != 0 || len(got[0].Notes) != 0 {
		t.Errorf("got %+v, %v, want two parts that nobody adds up", s, got[0].Notes)
	}
}

// TestPeople: whose targets stand how; what another has replaced is nobody's.
func TestPeople(t *testing.T) {
	got := targets.People([]targets.Answered{{"", targets.Met}, {"李", targets.Behind}, {"王", targets.Met}, {" 李", targets.Met}, {"王", targets.Replaced}})
	want := []targets.Person{
		{Name: "李", Targets: 2, States: map[targets.State]int{targets.Behind: 1, targets.Met: 1}},
		{Name: "王", Targets: 1, States: map[targets.State]int{targets.Met: 1}},
		{Name: "", Targets: 1, States: map[targets.State]int{targets.Met: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestOrderChangesNothing: targets in any order stand the same.
func TestOrderChangesNothing(t *testing.T) {
	seed := rand.Uint64()
	draw := rand.New(rand.NewPCG(seed, 1))
	units := []change.UnitID{"C", "DA", "DB", "SA", "SB", "gone"}
	for range 300 {
		var all []targets.Target
		for i := range 2 + draw.IntN(8) {
			all = append(all, aTarget(change.RecordID(fmt.Sprint("t", i)), units[draw.IntN(len(units))], func(t *targets.Target) {
				t.Amount, t.Line, t.Stretched = int64(draw.IntN(50)), []string{"02", "02", "15"}[draw.IntN(3)], draw.IntN(6) == 0
				t.PartOf = change.RecordID([]string{"", fmt.Sprint("t", draw.IntN(10))}[draw.IntN(2)])
			}))
		}
		b := book(t, "2026-06-01", map[change.UnitID]targets.Figure{"C": {Done: 30, Of: 40}, "DA": {Done: 10}, "SA": {Done: 3, Of: 90}})
		want := form(b.Judge(all))
		draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		before := slices.Clone(all)
		if got := form(b.Judge(all)); got != want {
			t.Fatalf("seed %d:\n%s", seed, cmp.Diff(want, got))
		}
		if !slices.Equal(all, before) {
			t.Fatal("what was given was changed")
		}
	}
}

// TestLabels: whatever is said of a target is said in both languages.
func TestLabels(t *testing.T) {
	said := []targets.Text{}
	for _, s := range []targets.State{targets.Met, targets.Ahead, targets.Behind, targets.NoFigure, targets.NoValue, targets.NoAmount, targets.Before, targets.Replaced} {
		said = append(said, s.Label())
	}
	for _, n := range []targets.Note{targets.Twice, targets.NobodyAnswers, targets.PartsShort, targets.PartsOver, targets.NotSplit, targets.Misfit, targets.WholeMissing, targets.WholeReplaced, targets.AfterDue, targets.UnitUnknown, targets.Impossible} {
		said = append(said, n.Label())
	}
	for i, text := range said {
		if text.In("zh") == "" || text.In("en") == "" || text.In("zh") == text.In("en") || slices.Contains(said[:i], text) {
			t.Errorf("%d: %+v", i, text)
		}
	}
}
