package calendar_test

import (
	"fmt"
	"testing"
	"time"

	"tongbu/internal/calendar"
)

func TestCalendar(t *testing.T) {
	day := time.Date(1899, 12, 1, 0, 0, 0, 0, time.UTC)
	for day.Year() < 2102 {
		text, next := day.Format(time.DateOnly), day.AddDate(0, 0, 1)
		if got := calendar.AddDays(text, 1); got != next.Format(time.DateOnly) {
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
		{"2026-03-31", -1, "2026-02-28"}, {"2026-01-15", -1, "2025-12-15"}, {"2024-02-29", -12, "2023-02-28"}, {"2026-02-28", -24312, "0000-02-28"},
		{"0001-06-30", -24, "0000-01-30"},
	} {
		if got := calendar.AddMonths(c.date, c.months); got != c.want {
			t.Errorf("%s and %d months: %s, want %s", c.date, c.months, got, c.want)
		}
	}
}

// TestValid: a day is what the calendar says, in a plausible year.
func TestValid(t *testing.T) {
	for _, s := range []string{"", "2025-1-02", "2025/01/02", "2025-01-02 ", "+025-01-02", "2025-01-0x", "1799-12-31", "2200-01-01", "٢٠٢٥-01"} {
		if calendar.Valid(s) {
			t.Errorf("%q is no date", s)
		}
	}
	for year := 1800; year < 2200; year += 33 {
		for month := range 14 {
			for day := range 33 {
				s := fmt.Sprintf("%04d-%02d-%02d", year, month, day)
				if _, err := time.Parse(time.DateOnly, s); calendar.Valid(s) != (err == nil) {
					t.Errorf("%s: valid %v, want %v", s, calendar.Valid(s), err == nil)
				}
			}
		}
	}
}

// TestAddYears: the same day, and of 29 February the 28th where there is none.
func TestAddYears(t *testing.T) {
	for _, c := range []struct {
		date  string
		years int
		want  string
	}{
		{"2026-05-20", 1, "2027-05-20"}, {"2024-02-29", 1, "2025-02-28"}, {"2024-02-29", 4, "2028-02-29"}, {"1896-02-29", 4, "1900-02-28"},
		{"2025-02-28", 3, "2028-02-28"}, {"2026-12-31", -60, "1966-12-31"}, {"2024-02-29", -1, "2023-02-28"},
	} {
		if got := calendar.AddYears(c.date, c.years); got != c.want {
			t.Errorf("%s and %d years: %s, want %s", c.date, c.years, got, c.want)
		}
	}
}
