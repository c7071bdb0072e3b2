package matching

import (
	"strconv"
	"strings"
)

// endless is longer than any term.
const endless = 1 << 16

// termMonths reads the term of a contract as people write it (一年, 12个月, 两年半,
// 无固定期限) in months; false for what is not read.
func termMonths(text string) (months int, known bool) {
	text = strings.TrimSpace(strings.ToLower(text))
	switch {
	case strings.ContainsAny(text, "日号至到~-—"): // a date, or a range: nobody promises its end
		return 0, false
	case strings.Contains(text, "半年"):
		return 6, true
	}
	if strings.Contains(text, "无固定") || strings.Contains(text, "长期") || strings.Contains(text, "open ended") {
		return endless, true
	}
	for _, unit := range []struct {
		word   string
		months int
	}{{"年", 12}, {"year", 12}, {"个月", 1}, {"month", 1}, {"月", 1}} {
		before, after, found := strings.Cut(text, unit.word)
		if !found {
			continue
		}
		if n, ok := numberAtEnd(before); ok {
			months = n * unit.months
			if strings.HasPrefix(after, "半") {
				months += unit.months / 2
			}
			return months, true
		}
	}
	return 0, false
}

// numberAtEnd reads the number that a text ends with, in digits or in Chinese up to
// ninety-nine; 半 is none.
func numberAtEnd(text string) (n int, ok bool) {
	text = strings.TrimSpace(text)
	digits := text[len(strings.TrimRight(text, "0123456789")):]
	if digits != "" {
		n, err := strconv.Atoi(digits)
		return n, err == nil && n < 1000
	}
	runes := []rune(text)
	from := len(runes)
	for from > 0 && strings.ContainsRune(chineseDigits, runes[from-1]) {
		from--
	}
	return chineseNumber(runes[from:])
}

// chineseDigits stand for their places; 两 is 2 too, and 十 ten.
const chineseDigits = "零一二三四五六七八九十两"

func chineseNumber(runes []rune) (n int, ok bool) {
	digit := 0
	for _, r := range runes {
		switch r {
		case '十':
			n, digit = n+10*max(digit, 1), 0
		case '两':
			digit = 2
		default:
			digit = strings.IndexRune(chineseDigits, r) / len("一")
		}
	}
	return n + digit, len(runes) > 0
}
