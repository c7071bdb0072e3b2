// Package calendar reckons with days: texts YYYY-MM-DD of the Gregorian calendar, which
// order as they stand. It has no clock. Functions that reckon with a day want one that
// Valid takes.
package calendar

import "strings"

// Years a day may have: others are typing errors.
const (
	FirstYear = 1800
	LastYear  = 2199
)

// Valid reports whether s is YYYY-MM-DD and a day of the calendar.
func Valid(s string) bool {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return false
	}
	return IsDay(Digits(s[:4]), Digits(s[5:7]), Digits(s[8:]))
}

// IsDay reports whether there is such a day.
func IsDay(year, month, day int) bool {
	return year >= FirstYear && year <= LastYear && month >= 1 && month <= 12 && day >= 1 && day <= LastDay(year, month)
}

// Digits reads digits; -1 when there is anything else.
func Digits(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	return n
}

// LastDay is the number of days of a month.
func LastDay(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// AddDays is the day so many days later.
func AddDays(day string, days int) string { return dayOf(Number(day) + days) }

// Before is the day before one.
func Before(day string) string { return AddDays(day, -1) }

// Number counts days from 1 March of the year 0, in the way of eras of 400 years.
func Number(day string) int {
	year, month, d := parts(day)
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + d - 1
}

// dayOf is the day of a number.
func dayOf(number int) string {
	const era = 146097
	years := number / era
	rest := number % era
	year := (rest - rest/1460 + rest/36524 - rest/(era-1)) / 365
	inYear := rest - (365*year + year/4 - year/100)
	shifted := (5*inYear + 2) / 153
	day := inYear - (153*shifted+2)/5 + 1
	month := shifted + 3
	year += 400 * years
	if month > 12 {
		month -= 12
		year++
	}
	return written(year, month, day)
}

// written is a day as a text. Every row asks for several, so it is made by hand.
func written(year, month, day int) string {
	text := [...]byte{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0'}
	for _, part := range [...]struct{ number, end int }{{year, 3}, {month, 6}, {day, 9}} {
		for at, n := part.end, part.number; n > 0; at, n = at-1, n/10 {
			text[at] = byte('0' + n%10)
		}
	}
	return string(text[:])
}

func parts(day string) (year, month, d int) {
	return Digits(day[:4]), Digits(day[5:7]), Digits(day[8:])
}

// AddMonths is the same day some months later, or the last of its month. Months may be
// fewer than none; none is before the first of the year 0.
func AddMonths(day string, months int) string {
	later := max(Month(day)+months, 0)
	year, month := later/12, later%12+1
	return written(year, month, min(Digits(day[8:]), LastDay(year, month)))
}

// Month counts months: of "1970-03" and of its days it is 12*1970 + 2.
func Month(day string) int { return 12*Digits(day[:4]) + Digits(day[5:7]) - 1 }

// AddYears is the same day some years later; of 29 February the 28th where there is none.
func AddYears(day string, years int) string { return AddMonths(day, 12*years) }

// Age is the full years from birth to a day; ok is false when one of them is no day or
// the day is before birth. Who is born on 29 February is a year older on 28 February of
// common years.
func Age(birth, day string) (years int, ok bool) {
	if !Valid(birth) || !Valid(day) || day < birth {
		return 0, false
	}
	years = Digits(day[:4]) - Digits(birth[:4])
	if day < AddYears(birth, years) {
		years--
	}
	return years, true
}

// LastBirth is the latest day of birth of those who are that many full years old on a day.
func LastBirth(day string, years int) string {
	year := Digits(day[:4])
	if strings.HasSuffix(day, "-02-28") && isLeap(year-years) && !isLeap(year) {
		return AddDays(AddYears(day, -years), 1)
	}
	return AddYears(day, -years)
}

func isLeap(year int) bool { return LastDay(year, 2) == 29 }
