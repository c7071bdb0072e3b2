package rulepack_test

import (
	"strings"
	"testing"

	"tongbu/internal/rulepack"
)

func TestHolidays(t *testing.T) {
	for _, c := range []struct{ off, worked, want, says string }{
		{"2026-01-01", "", "2026-01-01", ""},
		{"2026-10-01..2026-10-03、2026-01-01\n", "2026-10-10 2026-09-20", "2026-10-01 2026-10-02 2026-10-03 2026-01-01 | 2026-10-10 2026-09-20", ""},
		{"2026-02-30", "", "", "entry 1 is no day"},
		{"2026-01-01 元旦", "", "", "entry 2 is no day"},
		{"2026-01-01..", "", "", "entry 1 is no day"},
		{"2025-12-31..2026-01-03", "", "", "2025-12-31..2026-01-03: it is not of the year 2026"},
		{"2026-10-07..2026-10-01", "", "", "2026-10-07..2026-10-01: it ends before it begins"},
		{"2026-10-01..2026-10-07 2026-10-03", "", "", "2026-10-03: it is given twice"},
		{"2026-01-01..2026-12-31", "", "", "365 days are off"},
		{"2026-10-01", "2026-10-09", "", "2026-10-09: it is no Saturday and no Sunday"},
		{"2026-10-10", "2026-10-10", "", "2026-10-10: it is off as well"},
	} {
		off, wrong := rulepack.Off(2026, c.off)
		var worked []string
		if wrong == nil {
			worked, wrong = rulepack.Worked(2026, c.worked, off)
		}
		got := strings.Trim(strings.Join(off, " ")+" | "+strings.Join(worked, " "), " |")
		switch {
		case wrong == nil && c.says != "":
			t.Errorf("%q, %q: taken, want %q", c.off, c.worked, c.says)
		case wrong != nil && (c.says == "" || !strings.HasPrefix(wrong.En, c.says) || wrong.Zh == ""):
			t.Errorf("%q, %q: %q, want %q", c.off, c.worked, wrong.En, c.says)
		case wrong == nil && got != c.want:
			t.Errorf("%q, %q: %s, want %s", c.off, c.worked, got, c.want)
		}
	}
}
