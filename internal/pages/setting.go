package pages

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"tongbu/internal/schema"
	"tongbu/internal/words"
)

// setting are the functions that set numbers, dates and spans of time as people of a
// language write them.
func setting(l words.Language) template.FuncMap {
	return template.FuncMap{
		"covered": schema.MaskIDNumbers, // what people typed, and may have typed a number into
		"count":   func(n any) string { return Grouped(fmt.Sprint(n)) },
		"day":     func(date string, today string) string { return Day(l, date, today) },
		"clock":   func(t time.Time) string { return t.Format("15:04") },
		"clocks":  func(t, now time.Time) string { return t.In(now.Location()).Format(time.TimeOnly) },
		"when":    func(t, now time.Time) string { return When(l, t, now) },
		"size":    Size,
		"span":    func(d time.Duration) string { return Span(l, d) },
		"left":    func(days int) Left { return LeftOf(l, days) },
	}
}

// Grouped is a number with a comma between thousands.
func Grouped(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	whole, part, _ := strings.Cut(digits, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if part != "" {
		whole += "." + part
	}
	return sign + whole
}

// Size is a number of bytes as people say it.
func Size(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return Grouped(strconv.FormatInt(bytes>>30, 10)) + " GB"
	case bytes >= 1<<20:
		return strconv.FormatInt(bytes>>20, 10) + " MB"
	}
	return strconv.FormatInt(bytes>>10, 10) + " KB"
}

// Day is a date as it is said: 7月14日 within the year of today, else with its year. What
// is no date stays as it is.
func Day(l words.Language, date, today string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	sameYear := strings.HasPrefix(today, date[:4])
	switch {
	case l == words.English && sameYear:
		return t.Format("2 January")
	case l == words.English:
		return t.Format("2 January 2006")
	case sameYear:
		return t.Format("1月2日")
	}
	return t.Format("2006年1月2日")
}

// When is a moment as it is said: 今天 09:41, else with its day.
func When(l words.Language, t, now time.Time) string {
	if t.IsZero() {
		return Text{"从未", "never"}.In(l)
	}
	t = t.In(now.Location())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return Text{"今天 ", "today "}.In(l) + t.Format("15:04")
	}
	return Day(l, t.Format(time.DateOnly), now.Format(time.DateOnly)) + " " + t.Format("15:04")
}

// Span is how long something takes or has lasted, in its two largest units.
func Span(l words.Language, d time.Duration) string {
	d = max(d, 0)
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	unit := func(n int, zh, en string) string { return strconv.Itoa(n) + Text{zh, " " + en}.In(l) }
	join := Text{"", " "}.In(l)
	switch {
	case days > 0 && hours > 0:
		return unit(days, "天", "d") + join + unit(hours, "小时", "h")
	case days > 0:
		return unit(days, "天", "d")
	case hours > 0 && minutes > 0:
		return unit(hours, "小时", "h") + join + unit(minutes, "分", "min")
	case hours > 0:
		return unit(hours, "小时", "h")
	}
	return unit(minutes, "分钟", "min")
}

// Left says how many days are left: the word and the class that shows how near it is.
type Left struct{ Class, Word string }

// LeftOf is what is said of a deadline so many days away; below zero it is over.
func LeftOf(l words.Language, days int) Left {
	switch {
	case days < 0:
		return Left{"over", fmt.Sprintf(Text{"超 %d 天", "%d days over"}.In(l), -days)}
	case days == 0:
		return Left{"near", Text{"今天到期", "due today"}.In(l)}
	}
	class := ""
	switch {
	case days <= 3:
		class = "near"
	case days <= 7:
		class = "soon"
	}
	return Left{class, fmt.Sprintf(Text{"还剩 %d 天", "%d days left"}.In(l), days)}
}
