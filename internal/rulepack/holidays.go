package rulepack

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"tongbu/internal/calendar"
)

// maxOff is how many days of a year may be off beyond its weekends, weekends within them
// included.
const maxOff = 100

// Off reads the days off of a year: days YYYY-MM-DD, or two of them with .. between for
// all from the one to the other, with spaces, commas or new lines between.
func Off(year int64, text string) ([]string, *Refusal) {
	days, wrong := daysOf(year, text)
	if wrong == nil && len(days) > maxOff {
		wrong = refusal(fmt.Sprintf("%d days are off, more than %d", len(days), maxOff), fmt.Sprintf("休息日有 %d 天，超过 %d 天", len(days), maxOff))
	}
	return days, wrong
}

// Worked reads the weekends that are worked: none of them is off.
func Worked(year int64, text string, off []string) ([]string, *Refusal) {
	days, wrong := daysOf(year, text)
	for _, day := range days {
		switch {
		case calendar.Weekday(day) < 5:
			return nil, refuse(day, "it is no Saturday and no Sunday", "不是星期六或星期日")
		case slices.Contains(off, day):
			return nil, refuse(day, "it is off as well", "同时列为休息日")
		}
	}
	return days, wrong
}

func daysOf(year int64, text string) (days []string, wrong *Refusal) {
	for n, item := range strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune(",;，；、", c) }) {
		first, last, isRange := strings.Cut(item, "..")
		if !isRange {
			last = first
		}
		switch {
		case !calendar.Valid(first) || !calendar.Valid(last):
			return nil, refusal(fmt.Sprintf("entry %d is no day: write 2026-10-01, or 2026-10-01..2026-10-07", n+1), fmt.Sprintf("第 %d 项不是日期：应写 2026-10-01，或 2026-10-01..2026-10-07", n+1))
		case !ofYear(year, first) || !ofYear(year, last):
			return nil, refuse(item, fmt.Sprintf("it is not of the year %d", year), fmt.Sprintf("不是 %d 年的日期", year))
		case last < first:
			return nil, refuse(item, "it ends before it begins", "结束早于开始")
		}
		for day := first; day <= last; day = calendar.AddDays(day, 1) {
			if slices.Contains(days, day) {
				return nil, refuse(day, "it is given twice", "写了两次")
			}
			days = append(days, day)
		}
	}
	return days, nil
}

func ofYear(year int64, day string) bool { return day[:4] == fmt.Sprintf("%04d", year) }
