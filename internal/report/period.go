package report

import (
	"regexp"

	"tongbu/internal/calendar"
	"tongbu/internal/fault"
)

// Period is a month, a quarter or a year.
type Period struct {
	Name  string // as people write it: 2026, 2026-Q4, 2026-11
	Kind  string // monthly, quarterly, yearly
	First string // its first day
	Last  string // its last day
}

// The kinds of reports, by the length of their periods.
const (
	Monthly   = "monthly"
	Quarterly = "quarterly"
	Yearly    = "yearly"
)

var periodForm = regexp.MustCompile(`^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$`)

// ParsePeriod reads 2026, 2026-Q4 or 2026-11. It returns Invalid for anything else.
func ParsePeriod(name string) (Period, error) {
	if !periodForm.MatchString(name) {
		return Period{}, fault.New(fault.Invalid, "the period is no year, quarter or month").WithHint("give it as 2026, 2026-Q4 or 2026-11")
	}
	if !calendar.Valid(name[:4] + "-01-01") {
		return Period{}, outOfYears()
	}
	year := name[:4]
	switch {
	case len(name) == len("2026"):
		return spanOf(name, Yearly, year+"-01-01", 12), nil
	case name[5] == 'Q':
		first := calendar.AddMonths(year+"-01-01", 3*int(name[6]-'1'))
		return spanOf(name, Quarterly, first, 3), nil
	}
	return spanOf(name, Monthly, name+"-01", 1), nil
}

func spanOf(name, kind, first string, months int) Period {
	return Period{Name: name, Kind: kind, First: first, Last: calendar.Before(calendar.AddMonths(first, months))}
}

// firstYear is the first that a report is made of; what was made of one before it is read.
const firstYear = 1950

func outOfYears() error {
	return fault.New(fault.Invalid, "reports are of the years %d to %d", firstYear, calendar.LastYear).WithHint("give the period as 2026, 2026-Q4 or 2026-11")
}

// On is the day that a report of the period counts for today, and whether the period goes
// on. It returns Invalid for a period that has not begun, and for one of before firstYear.
func (p Period) On(today string) (day string, partial bool, err error) {
	switch {
	case calendar.Digits(p.First[:4]) < firstYear:
		return "", false, outOfYears()
	case today < p.First:
		return "", false, fault.New(fault.Invalid, "the period %s has not begun: today is %s", p.Name, today).WithHint("wait until its first day, %s", p.First)
	case today <= p.Last:
		return today, true, nil
	}
	return p.Last, false, nil
}

// Before is the day before the period where that is of the same year: what was counted
// in the year up to it was not counted in the period. "" where the year begins with the
// period.
func (p Period) Before() string {
	if before := calendar.Before(p.First); before[:4] == p.First[:4] {
		return before
	}
	return ""
}
