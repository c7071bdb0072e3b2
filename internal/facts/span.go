package facts

import (
	"tongbu/internal/calendar"
)

// span is the day that rows are made for, and the days around it for which all that
// was asked of it has the same answer.
type span struct {
	day         string
	from, until string
}

// reached reports whether a date has come, and ends the span where the answer would
// be another.
func (s *span) reached(date string) bool {
	if date <= s.day {
		s.from = max(s.from, date)
		return true
	}
	if before := calendar.Before(date); s.until == "" || before < s.until {
		s.until = before
	}
	return false
}

// age is the full years since a birth; false where it says none.
func (s *span) age(birth string) (years int, ok bool) {
	if !calendar.Valid(birth) || !s.reached(birth) {
		return 0, false
	}
	years, ok = calendar.Age(birth, s.day)
	s.reached(calendar.AddYears(birth, years))
	s.reached(calendar.AddYears(birth, years+1))
	return years, ok
}

// recent reports whether a date lies within some days back from today, which counts.
func (s *span) recent(date string, days int) bool {
	return date != "" && s.reached(date) && !s.reached(calendar.AddDays(date, days+1))
}

// thisYear reports whether a date that has come is of the day's year.
func (s *span) thisYear(date string) bool { return !s.reached(calendar.AddYears(date[:4]+"-01-01", 1)) }

// within reports whether a date lies within some months back.
func (s *span) within(date string, months int) bool {
	return date != "" && s.reached(date) && !s.reached(calendar.AddDays(calendar.AddMonths(date, months), 1))
}

// withinYear reports whether a date lies within twelve months back.
func (s *span) withinYear(date string) bool { return s.within(date, 12) }
