package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongbu/internal/calendar"
)

// TestLastBirth: whoever is born on the day is so old, whoever is born the day
// after is not.
func TestLastBirth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 30000).Draw(t, "day")).Format(time.DateOnly)
		if rapid.Bool().Draw(t, "leap") {
			day = rapid.SampledFrom([]string{"2024-02-29", "2023-02-28", "2024-02-28", "2025-03-01", "2100-02-28"}).Draw(t, "february")
		}
		years := rapid.IntRange(0, 150).Draw(t, "years")
		last := calendar.LastBirth(day, years)
		born, err := time.Parse(time.DateOnly, last)
		if err != nil {
			t.Fatalf("%s is no day", last)
		}
		if got, ok := calendar.Age(last, day); !ok || got < years {
			t.Errorf("born on %s: %d years on %s, want %d", last, got, day, years)
		}
		next := born.AddDate(0, 0, 1).Format(time.DateOnly)
		if got, ok := calendar.Age(next, day); ok && got >= years {
			t.Errorf("born on %s: %d years on %s, want fewer than %d", next, got, day, years)
		}
	})
}
