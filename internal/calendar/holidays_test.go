package calendar_test

import (
	"testing"
	"time"

	"tongbu/internal/calendar"
)

func TestWeekday(t *testing.T) {
	for day := time.Date(1899, 12, 25, 0, 0, 0, 0, time.UTC); day.Year() < 2031; day = day.AddDate(0, 0, 1) {
		if got, want := calendar.Weekday(day.Format(time.DateOnly)), (int(day.Weekday())+6)%7; got != want {
			t.Fatalf("%s is day %d of its week, want %d", day.Format(time.DateOnly), got, want)
		}
	}
}

// The days off and worked of 2026 around the Spring Festival and the National Day, by the
// notice of the State Council's office.
var of2026 = calendar.Year{
	Off: []string{
		"2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23",
		"2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07",
	},
	Worked: []string{"2026-02-14", "2026-02-28", "2026-09-20", "2026-10-10"},
}

func TestAddWorking(t *testing.T) {
	h := calendar.NewHolidays(map[string]calendar.Year{"2026": of2026})
	for _, c := range []struct {
		day   string
		days  int
		want  string
		known bool
	}{
		{"2026-03-02", 0, "2026-03-02", true},
		{"2026-03-02", 3, "2026-03-05", true},
		{"2026-03-06", 1, "2026-03-09", true},  // over a weekend
		{"2026-02-13", 1, "2026-02-14", true},  // a Saturday that is worked
		{"2026-02-14", 1, "2026-02-24", true},  // over the festival
		{"2026-09-30", 3, "2026-10-10", true},  // a Saturday again
		{"2026-12-31", 1, "2027-01-01", false}, // no table for 2027
		{"2024-02-28", 2, "2024-03-01", false}, // over 29 February
	} {
		if got, known := h.AddWorking(c.day, c.days); got != c.want || known != c.known {
			t.Errorf("%d working days after %s: %s (known %v), want %s (%v)", c.days, c.day, got, known, c.want, c.known)
		}
	}
}
