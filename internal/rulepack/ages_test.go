package rulepack_test

import (
	"testing"

	"tongbu/internal/rulepack"
)

func TestRetires(t *testing.T) {
	for _, c := range []struct{ rules, sex, category, birth, want string }{
		{"plain", "1", "", "1966-04-30", "2026-04-30"},
		{"plain", "2", "", "1971-04-30", "2026-04-30"},
		{"2025", "1", "", "1964-12-31", "2024-12-31"},
		{"2025", "1", "", "1965-01-15", "2025-02-15"}, // the first four months of birth: one month later
		{"2025", "1", "", "1965-05-01", "2025-07-01"},
		{"2025", "1", "", "1990-01-01", "2053-01-01"}, // never above 63
		{"2025", "2", "", "1970-01-01", "2025-02-01"},
		{"2025", "2", "3", "1975-03-10", "2025-05-10"}, // two months of birth: one month later
		{"2025", "2", "3", "2000-01-01", "2055-01-01"},
	} {
		rules := rulepack.Plain()
		if wrong := rules.Apply(rulepack.AgeKind, "ages: \""+c.rules+"\""); wrong != nil {
			t.Fatal(wrong)
		}
		if got := rules.Retires(c.sex, c.category, c.birth); got != c.want {
			t.Errorf("%s, %s %s born %s: above working age from %s, want %s", c.rules, c.sex, c.category, c.birth, got, c.want)
		}
	}
}
