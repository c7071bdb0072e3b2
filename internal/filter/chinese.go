package filter

import "strings"

// signs are what a Chinese keyboard writes in place of the signs of a filter.
var signs = map[rune]rune{'＝': '=', '＜': '<', '＞': '>', '！': '!', '：': ':', '\u3000': ' '}

// quotes are the kinds of quotation marks of a Chinese keyboard; each of a kind opens
// and closes, as people type them.
var quotes = []string{"“”＂", "‘’＇", "「」", "『』"}

// plainSigns writes the signs of a Chinese keyboard as the language has them, one for
// one, so that places stay: a value in “” would be compared with its quotation marks,
// and nothing found. What stands in a string, or within a word as in 本地户口（城镇）,
// is left alone.
func plainSigns(text string) string {
	runes := []rune(text)
	var lists []bool // of each parenthesis that is open, whether it is one of the language
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch kind := quotesOf(r); {
		case r == '"' || r == '\'':
			i = stringEnd(runes, i)
		case kind != "" && beginsPart(runes, i):
			i = plainString(runes, i, kind)
		case r == '(' || r == '（':
			lists = append(lists, r == '(' || beginsPart(runes, i))
			if lists[len(lists)-1] {
				runes[i] = '('
			}
		case (r == ')' || r == '）') && len(lists) > 0:
			if lists[len(lists)-1] {
				runes[i] = ')'
			}
			lists = lists[:len(lists)-1]
		case r == '，' && len(lists) > 0 && lists[len(lists)-1]:
			runes[i] = ','
		case signs[r] != 0:
			runes[i] = signs[r]
		}
	}
	return string(runes)
}

func quotesOf(r rune) string {
	for _, kind := range quotes {
		if strings.ContainsRune(kind, r) {
			return kind
		}
	}
	return ""
}

// beginsPart reports whether a value or a list may begin there: not within a word.
func beginsPart(runes []rune, at int) bool {
	before := string(runes[max(0, at-3):at])
	return at == 0 || strings.ContainsAny(before[len(before)-1:], " \t\n(,=<>:!-") || strings.TrimLeft(before, ") ") == "IN"
}

// stringEnd is where a string ends that begins there.
func stringEnd(runes []rune, at int) int {
	for i := at + 1; i < len(runes); i++ {
		switch runes[i] {
		case '\\':
			i++
		case runes[at]:
			return i
		}
	}
	return len(runes)
}

// plainString puts plain quotation marks around what stands in others, and returns
// where it ends. What has a plain one within is left as it is.
func plainString(runes []rune, at int, kind string) int {
	end := at + 1
	for ; end < len(runes) && !strings.ContainsRune(kind, runes[end]); end++ {
		if runes[end] == '"' || runes[end] == '\\' {
			return at
		}
	}
	runes[at] = '"'
	if end < len(runes) {
		runes[end] = '"'
	}
	return end
}
