package facts_test

import (
	"slices"
	"strings"
	"testing"

	"tongbu/internal/facts"
)

// TestRetirees: any proof renews the check for twelve months; a stopped pension of who has
// passed one since is resumed; of who has died nothing is asked.
func TestRetirees(t *testing.T) {
	const retired = `status_found 5 {"person":"@p1","on":"2026-02-20","status":"2"}`
	check := func(on, way, result string) string {
		return `retiree_check 5 {"person":"@p1","on":"` + on + `","way":"` + way + `","result":"` + result + `"}`
	}
	for _, c := range []struct {
		name, day string
		lines     []string
		want      string
		due       bool
	}{
		{"never checked", "2026-03-01", nil, "", true},
		{"by a visit", "2027-02-28", []string{check("2026-02-28", "1", "1")}, "retiree_check p1 2027-02-28", false},
		{"the day after the twelve months", "2027-03-01", []string{check("2026-02-28", "1", "1")}, "retiree_check p1 2027-02-28", true},
		{"renewed by data", "2027-03-01", []string{check("2026-02-28", "1", "1"), check("2027-02-01", "3", "1")}, "retiree_check p1 2028-02-01", false},
		{"one that was not passed renews nothing", "2027-03-01", []string{check("2026-02-28", "1", "1"), check("2027-02-01", "4", "2")}, "retiree_check p1 2027-02-28", true},
		{"dead", "2027-03-01", []string{check("2026-02-28", "1", "1"), check("2026-10-01", "1", "3")}, "", false},
		{"stopped", "2027-03-05", []string{check("2026-02-28", "1", "1"), `retiree_step 3 {"person":"@p1","on":"2027-03-02","step":"stopped","reason":"未认定"}`}, "retiree_check p1 2027-02-28", true},
		{"stopped, and passed since", "2027-03-05", []string{check("2026-02-28", "1", "1"), `retiree_step 3 {"person":"@p1","on":"2027-03-02","step":"stopped","reason":"未认定"}`, check("2027-03-05", "4", "1")}, "retiree_check p1 2028-03-05; retiree_resume p1", false},
		{"resumed", "2027-03-06", []string{`retiree_step 3 {"person":"@p1","on":"2027-03-02","step":"stopped","reason":"未认定"}`, check("2027-03-05", "4", "1"), `retiree_step 3 {"person":"@p1","on":"2027-03-06","step":"resumed"}`}, "retiree_check p1 2028-03-05", false},
	} {
		w := newWorld(t)
		f := family(w)
		w.told(&f, append([]string{retired}, c.lines...)...)
		rows := w.book.OfFamily(f, c.day)
		got := slices.DeleteFunc(tasks(t, rows), func(s string) bool { return !strings.HasPrefix(s, "retiree_") })
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: to do %v, want %s", c.name, got, c.want)
		}
		if due := one(t, rows, facts.RetiredRegister).Values["check_due"].Bool(); due != c.due {
			t.Errorf("%s: due %t, want %t", c.name, due, c.due)
		}
	}
	w := newWorld(t)
	f := family(w)
	w.told(&f, retired, `retiree_step 4 {"person":"@p1","on":"2026-02-21","step":"file","handed_by":"一厂","kept_at":"社区"}`, `retiree_step 4 {"person":"@p1","on":"2026-02-22","step":"party","handed_by":"一厂"}`)
	if got, want := show(t, one(t, w.book.OfFamily(f, "2026-03-01"), facts.RetiredRegister), "file_on", "file_by", "kept_at", "party_on"), `{"file_by":"一厂","file_on":"2026-02-21","kept_at":"社区","party_on":"2026-02-22"}`; got != want {
		t.Errorf("the register says %s, want %s", got, want)
	}
}
