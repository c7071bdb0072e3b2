package sheet

import (
	"strings"
	"time"

	"tongbu/internal/fault"
)

// dates is the day from which a workbook counts.
type dates uint8

const (
	since1900 dates = iota
	since1904       // of old programs for the Macintosh
)

// lastSerial is 9999-12-31, the last day that spreadsheets know.
const lastSerial = 2958465

// day is the date of a serial number. Day 60 of 1900 is 29 February, which never was:
// the days before it are one off.
func (d dates) day(serial string) (string, error) {
	whole, rest, _ := strings.Cut(serial, ".")
	n := 0
	for _, c := range whole {
		if c < '0' || c > '9' || n > lastSerial {
			return "", errNoDay
		}
		n = n*10 + int(c-'0')
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case strings.Trim(rest, "0") != "":
		return "", errTime
	case d == since1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case n < 1 || n == 60:
		return "", errNoDay
	case n < 60:
		first = first.AddDate(0, 0, 1)
	}
	if n > lastSerial {
		return "", errNoDay
	}
	return first.AddDate(0, 0, n).Format(time.DateOnly), nil
}

var (
	errNoDay = fault.New(fault.Invalid, "the number shows no day").WithHint("enter the date again, as 2024-03-05")
	errTime  = fault.New(fault.Invalid, "there is a time of day beside the date").WithHint("enter the date alone, as 2024-03-05")
)

// serial is the number of a date; false for one that spreadsheets count otherwise.
func serial(date string) (int, bool) {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil || t.Year() < 1901 || t.Year() > 9999 {
		return 0, false
	}
	return int(t.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour)), true
}

// dateOf is the date of a text that has a time of midnight behind it.
func dateOf(text string) string {
	text = strings.TrimSpace(text)
	for _, zero := range []string{" 00:00:00", " 0:00:00", " 0:00", " 00:00", "T00:00:00", "T00:00:00.000", "T00:00:00Z"} {
		if date, ok := strings.CutSuffix(text, zero); ok {
			return date
		}
	}
	return text
}
