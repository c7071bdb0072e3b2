package facts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/facts"
)

// word is what the city says of a person of a duplicate case.
func word(id, person, state string, counts bool, more string) string {
	return fmt.Sprintf(`duplicate_case 2 {"id":"@%s","case":"c","person":"@%s","on":"2026-03-01","state":"%s","counts":%v,"due_on":"2026-03-16","side":1%s}`, id, person, state, counts, more)
}

// TestCountsElsewhere: whom the city says to count elsewhere is in no figure, and in no fact
// of the household, while the case is open or decided as one person.
func TestCountsElsewhere(t *testing.T) {
	deed := `placement 5 {"person":"@p1","on":"2026-02-01","line":"02"}`
	for _, c := range []struct {
		what   string
		lines  []string
		counts bool
	}{
		{"no case", nil, true},
		{"open, and it counts", []string{word("w", "p1", "1", true, "")}, true},
		{"open, and the other counts", []string{word("w", "p1", "1", false, "")}, false},
		{"one person", []string{word("w", "p1", "2", false, "")}, false},
		{"moved", []string{word("w", "p1", "3", false, "")}, false},
		{"two persons", []string{word("w", "p1", "4", false, "")}, true},
		{"a wrong number", []string{word("w", "p1", "5", false, "")}, true},
		{"ended", []string{word("w", "p1", "6", false, "")}, true},
		{"of two cases one counts elsewhere", []string{word("w", "p1", "1", true, ""), word("v", "p1", "2", false, "")}, false},
	} {
		w := newWorld(t)
		f := w.atWork(husband, wife, child)
		w.told(&f, append(c.lines, deed)...)
		rows := w.book.OfFamily(f, "2026-01-31") // the word acts on any day
		person := rowsOf(rows, facts.PersonFacts)[id("p1")].Values
		if got := !person["counts_elsewhere"].Bool(); got != c.counts {
			t.Errorf("%s: it counts: %v", c.what, got)
		}
		members, employed := int64(3), int64(2)
		if !c.counts {
			members, employed = 2, 1
		}
		home := one(t, rows, facts.HouseholdFacts).Values
		if home["members"].Int() != members || home["employed"].Int() != employed {
			t.Errorf("%s: %d members, %d at work, want %d and %d", c.what, home["members"].Int(), home["employed"].Int(), members, employed)
		}
		parts, whole := map[string]int64{}, map[string]int64{}
		w.book.OfFamily(f, "2026-03-05").AddTo(parts)
		for part, n := range map[string]int64{"persons": members, "line02_n": members - 2, "households": 1} {
			if parts[part] != n {
				t.Errorf("%s: %d of %s, want %d", c.what, parts[part], part, n)
			}
		}
		w.book.CountsOfFamily(f, "2026-03-05").AddTo(whole)
		if fmt.Sprint(parts) != fmt.Sprint(whole) {
			t.Errorf("%s: %v, counted alone %v", c.what, parts, whole)
		}
	}
}

// TestHouseholdElsewhere: a home of which everybody counts elsewhere was entered twice, too.
func TestHouseholdElsewhere(t *testing.T) {
	w := newWorld(t)
	f := w.atWork(husband, wife)
	w.told(&f, word("w", "p1", "1", false, ""), word("v", "p2", "2", false, ""))
	parts := map[string]int64{}
	w.book.OfFamily(f, "2026-03-05").AddTo(parts)
	if len(parts) != 0 {
		t.Errorf("it counts in %v", parts)
	}
}

// TestDuplicateTasks: the community answers, the city decides, and who has to do what follows
// from the decision.
func TestDuplicateTasks(t *testing.T) {
	answer := fmt.Sprintf(`duplicate_answer 5 {"id":%q,"person":"@p1","case":"@w","on":"2026-03-03","answer":"same"}`, facts.DuplicateAnswerID(unit, id("w")))
	byHand := `duplicate_answer 5 {"person":"@p1","case":"@w","on":"2026-03-03","answer":"same"}`
	for _, c := range []struct {
		what  string
		lines []string
		want  string
	}{
		{"open", []string{word("w", "p1", "1", true, "")}, "duplicate_answer p1 03-16; duplicate_decide p1 03-21"},
		{"answered", []string{word("w", "p1", "1", true, ""), answer}, "duplicate_decide p1 03-21"},
		{"an answer that is not the unit's one", []string{word("w", "p1", "1", true, ""), byHand}, "duplicate_answer p1 03-16; duplicate_decide p1 03-21"},
		{"the answer to another", []string{word("v", "p1", "1", true, ""), answer}, "duplicate_answer p1 03-16; duplicate_decide p1 03-21"},
		{"the other of the two", []string{strings.Replace(word("w", "p1", "1", true, ""), `"side":1`, `"side":2`, 1)}, "duplicate_answer p1 03-16; duplicate_decide p1 03-21"},
		{"one person", []string{word("w", "p1", "2", true, `,"decided_on":"2026-03-04"`)}, ""},
		{"moved", []string{word("w", "p1", "3", true, `,"decided_on":"2026-03-04"`)}, "duplicate_move p1 03-19"},
		{"two persons", []string{word("w", "p1", "4", true, `,"decided_on":"2026-03-04"`)}, ""},
		{"to be corrected", []string{word("w", "p1", "5", true, `,"decided_on":"2026-03-04","to_correct":true`)}, "duplicate_number p1 03-19"},
		{"the other is to be corrected", []string{word("w", "p1", "5", true, `,"decided_on":"2026-03-04"`)}, ""},
		{"ended", []string{word("w", "p1", "6", true, "")}, ""},
	} {
		w := newWorld(t)
		f := w.atWork(husband, child)
		w.told(&f, c.lines...)
		all := slices.DeleteFunc(tasks(t, w.book.OfFamily(f, "2026-03-05")), func(task string) bool { return !strings.HasPrefix(task, "duplicate") })
		if got := strings.Join(all, "; "); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
