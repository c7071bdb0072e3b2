package names

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Key is under what a name is found, put in order and compared: two names that
// people take for one have one key. It has the characters in their common form
// (NFKC; private-use code points and radicals as the characters they stand for),
// each dot as Dot, and no blanks around it, beside a dot or between Chinese
// characters. A key is its own key.
func Key(name string) string {
	if isPlain(name) {
		return name
	}
	return fold(compatible(name))
}

// isPlain reports whether a name is its own key. Nearly all are: common
// characters and nothing else.
func isPlain(name string) bool {
	for _, r := range name {
		if (r < '\u4e00' || r > '\u9fa5') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != Dot {
			return false
		}
	}
	return true
}

// compatible replaces what stands for another character.
func compatible(text string) string {
	text = strings.Map(func(r rune) rune {
		if to, ok := standsFor[r]; ok {
			r = to
		}
		if to, ok := standsFor[r]; ok { // a private code point of a radical
			r = to
		}
		return r
	}, text)
	return norm.NFKC.String(text)
}

// fold makes dots and blanks alike.
func fold(text string) string {
	runes := []rune(text)
	for i, r := range runes {
		if isDot(r) {
			runes[i] = Dot
		} else if r == '.' && (i > 0 && isHan(runes[i-1]) || i < len(runes)-1 && isHan(runes[i+1])) {
			runes[i] = Dot // a full-width stop, in its common form
		} else if unicode.IsSpace(r) {
			runes[i] = ' '
		}
	}
	kept := make([]rune, 0, len(runes))
	for i, r := range runes {
		if r != ' ' || !isBlankLost(kept, runes[i+1:]) {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// isBlankLost reports whether a blank between two parts of a name says nothing.
func isBlankLost(before, after []rune) bool {
	next := strings.TrimLeft(string(after), " ")
	if len(before) == 0 || next == "" {
		return true
	}
	left, right := before[len(before)-1], []rune(next)[0]
	return left == ' ' || left == Dot || right == Dot || isHan(left) && isHan(right)
}

// isDot reports the dots that people take for one; NFKC has turned the half-width
// ones into others of them.
func isDot(r rune) bool {
	switch r {
	case Dot, '\u2022', '\u2027', '\u2219', '\u22c5', '\u2e31', '\u2e33', '\u30fb', '\u16eb', '\u2e30', '\u25e6', '\u25cf', '\u00b0':
		return true
	}
	return false
}
