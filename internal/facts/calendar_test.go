package facts_test

import (
	"testing"
	"time"

	"tongbu/internal/facts"
)

func TestCalendar(t *testing.T) {
	day := time.Date(1899, 12, 1, 0, 0, 0, 0, time.UTC)
	for day.Year() < 2102 {
		text, next := day.Format(time.DateOnly), day.AddDate(0, 0, 1)
		if got := facts.NextDay(text); got != next.Format(time.DateOnly) {
			t.Fatalf("the day after %s is %s, want %s", text, got, next.Format(time.DateOnly))
		}
		day = next
	}
}

func TestAddMonths(t *testing.T) {
	for _, c := range []struct {
		date   string
		months int
		want   string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2026-11-30", 3, "2027-02-28"},
		{"2026-12-15", 1, "2027-01-15"}, {"2026-03-31", 12, "2027-03-31"}, {"1966-04-30", 723, "2026-07-30"},
	} {
		if got := facts.AddMonths(c.date, c.months); got != c.want {
			t.Errorf("%s and %d months: %s, want %s", c.date, c.months, got, c.want)
		}
	}
}

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
		rules := facts.Plain()
		if c.rules == "2025" {
			rules = facts.Gradual()
		}
		if got := facts.Retires(rules, c.sex, c.category, c.birth); got != c.want {
			t.Errorf("%s, %s %s born %s: above working age from %s, want %s", c.rules, c.sex, c.category, c.birth, got, c.want)
		}
	}
}
