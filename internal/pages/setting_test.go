package pages_test

import (
	"testing"
	"time"

	"tongbu/internal/pages"
	"tongbu/internal/words"
)

func TestSettings(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	now := time.Date(2026, 7, 14, 9, 41, 0, 0, zone)
	zh, en := words.Chinese, words.English
	for name, test := range map[string]struct{ got, want string }{
		"thousands":         {pages.Grouped("8431207"), "8,431,207"},
		"hundreds":          {pages.Grouped("843"), "843"},
		"below zero":        {pages.Grouped("-12345.60"), "-12,345.60"},
		"day of this year":  {pages.Day(zh, "2026-07-01", "2026-07-14"), "7月1日"},
		"day of another":    {pages.Day(zh, "2025-12-31", "2026-07-14"), "2025年12月31日"},
		"day in English":    {pages.Day(en, "2025-12-31", "2026-07-14"), "31 December 2025"},
		"no day":            {pages.Day(zh, "someday", "2026-07-14"), "someday"},
		"today":             {pages.When(zh, now.Add(-time.Hour).UTC(), now), "今天 08:41"},
		"before":            {pages.When(zh, now.Add(-24*time.Hour), now), "7月13日 09:41"},
		"never":             {pages.When(zh, time.Time{}, now), "从未"},
		"days and hours":    {pages.Span(zh, 51*time.Hour+10*time.Minute), "2天3小时"},
		"whole days":        {pages.Span(en, 48*time.Hour), "2 d"},
		"hours and minutes": {pages.Span(en, 90*time.Minute), "1 h 30 min"},
		"below a minute":    {pages.Span(zh, 20*time.Second), "0分钟"},
		"clock set back":    {pages.Span(zh, -time.Hour), "0分钟"},
		"over":              {pages.LeftOf(zh, -2).Word, "超 2 天"},
		"due":               {pages.LeftOf(zh, 0).Word, "今天到期"},
		"near":              {pages.LeftOf(zh, 3).Class, "near"},
		"soon":              {pages.LeftOf(zh, 7).Class, "soon"},
		"far":               {pages.LeftOf(en, 17).Word + pages.LeftOf(en, 17).Class, "17 days left"},
	} {
		if test.got != test.want {
			t.Errorf("%s: %q, want %q", name, test.got, test.want)
		}
	}
}
