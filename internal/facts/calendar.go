package facts

import (
	"fmt"
	"strconv"
	"strings"

	"tongbu/internal/schema"
)

// Days are texts YYYY-MM-DD of the Gregorian calendar, which order as they stand. All
// functions here want one that schema.ValidDate takes.

// dayNumber counts days from 1 March of the year 0, in the way of eras of 400 years.
func dayNumber(date string) int {
	year, month, day := parts(date)
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1
}

// dateOf is the day of a number of dayNumber.
func dateOf(number int) string {
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
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}

func parts(date string) (year, month, day int) {
	year, _ = strconv.Atoi(date[:4])
	month, _ = strconv.Atoi(date[5:7])
	day, _ = strconv.Atoi(date[8:])
	return year, month, day
}

func addDays(date string, days int) string { return dateOf(dayNumber(date) + days) }
func dayBefore(date string) string         { return addDays(date, -1) }

// addMonths is the same day some months later, or the last of its month.
func addMonths(date string, months int) string {
	year, month, day := parts(date)
	month += months - 1
	later := fmt.Sprintf("%04d-%02d", year+month/12, month%12+1)
	for d := day; d > 28; d-- {
		if whole := later + "-" + strconv.Itoa(d); schema.ValidDate(whole) {
			return whole
		}
	}
	return later + fmt.Sprintf("-%02d", min(day, 28))
}

// monthOf counts months: of "1970-03" it is 12*1970 + 2.
func monthOf(date string) int {
	year, month, _ := strings.Cut(date, "-")
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month[:2])
	return 12*y + m - 1
}
