package schema

import (
	"strconv"
	"strings"
	"time"
)

// Years a date may have: others are typing errors.
const (
	firstYear = 1800
	lastYear  = 2199
)

// ValidDate reports whether s is YYYY-MM-DD and a day of the real calendar.
func ValidDate(s string) bool {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return false
	}
	return isDay(parseDigits(s[:4]), parseDigits(s[5:7]), parseDigits(s[8:]))
}

func isDay(year, month, day int) bool {
	return year >= firstYear && year <= lastYear && month >= 1 && month <= 12 && day >= 1 && day <= lastDay(year, month)
}

// parseDigits reads digits; -1 when there is anything else.
func parseDigits(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	return n
}

func lastDay(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// normalizeDate turns 19800102, 1980/1/2, 1980.1.2 and 1980年1月2日 into
// 1980-01-02; it leaves what it cannot read, and Check refuses that.
func normalizeDate(s string) string {
	s = halfWidth(s)
	if len(s) == 8 && allDigits(s) {
		return s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	parts := strings.FieldsFunc(strings.TrimSuffix(s, "日"), func(r rune) bool { return strings.ContainsRune("-/.年月", r) })
	if len(parts) != 3 || len(parts[0]) != 4 {
		return s
	}
	for i, part := range parts {
		if !allDigits(part) || len(part) > 4 {
			return s
		}
		if len(part) == 1 {
			parts[i] = "0" + part
		}
	}
	return strings.Join(parts, "-")
}

// AddYears returns the same day some years later; 29 February becomes the
// 28th where there is none. The date must be valid.
func AddYears(date string, years int) string {
	year, _ := strconv.Atoi(date[:4])
	later := strconv.Itoa(year+years) + date[4:]
	if strings.HasSuffix(later, "-02-29") && !ValidDate(later) {
		return strings.TrimSuffix(later, "29") + "28"
	}
	return later
}

// Age returns the full years from birth to a day, both YYYY-MM-DD; ok is false
// when one of them is no date or the day is before birth.
func Age(birth, day string) (years int, ok bool) {
	if !ValidDate(birth) || !ValidDate(day) || day < birth {
		return 0, false
	}
	from, _ := strconv.Atoi(birth[:4])
	to, _ := strconv.Atoi(day[:4])
	years = to - from
	if day < AddYears(birth, years) {
		years--
	}
	return years, true
}
