// Package names knows how people's names are written: what of a typed name is
// mended, what no name may hold, and under which key two ways to write one name
// are the same. A name is kept as it was typed; Key is what search, order and the
// comparison of persons use, and this is its only home.
//
// The tables are data, in the folder data: the code points that GBK and earlier
// editions of GB 18030 had in the private area for characters that Unicode has
// elsewhere today, and the radicals that programs write into PDFs in place of
// the characters.
package names

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Dot is the dot between the parts of a name, as GB 18030 and the register of
// persons write it.
const Dot = '·'

// Tidy returns a typed name without blanks around it, and with Dot where another
// dot of an input method stands between Chinese characters.
func Tidy(name string) string {
	name = strings.TrimSpace(name)
	if !strings.ContainsFunc(name, isOtherDot) {
		return name
	}
	runes := []rune(name)
	for i, r := range runes {
		if isOtherDot(r) && i > 0 && i < len(runes)-1 && isHan(runes[i-1]) && isHan(runes[i+1]) {
			runes[i] = Dot
		}
	}
	return string(runes)
}

// isOtherDot reports what input methods leave for the dot of a name.
func isOtherDot(r rune) bool {
	switch r {
	case '\u2022', '\u2027', '\u30fb', '\uff0e':
		return true
	}
	return false
}

// isHan reports whether a character is a Chinese one, or stands for one: a part
// of the private area does in old encodings.
func isHan(r rune) bool {
	return r >= '\u2e80' && unicode.Is(unicode.Han, r) || isPrivate(r)
}

func isPrivate(r rune) bool { return unicode.Is(unicode.Co, r) }

// HasPrivate reports whether a text has characters of a private area: another
// machine shows something else for them, or nothing.
func HasPrivate(text string) bool { return !isASCII(text) && strings.ContainsFunc(text, isPrivate) }

// HasInvisible reports whether a text has a character that has no width of its
// own, such as a zero-width blank, a joiner, a mark of direction, a variation
// selector or a filler: it makes a name look like another.
func HasInvisible(text string) bool { return !isASCII(text) && strings.ContainsFunc(text, isInvisible) }

func isInvisible(r rune) bool {
	switch {
	case r < '\u00ad', r >= '\u4e00' && r <= '\u9fff':
		return false
	case r == '\u2800': // the Braille pattern without dots
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// IsBlank reports whether nothing of a text is to be seen by itself: it is empty,
// or has only blanks, characters of no width, controls and marks that stand on a
// letter that is missing.
func IsBlank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.IsMark(r) && !unicode.IsControl(r) && !isInvisible(r)
	})
}

// IsBroken reports whether a text has the character that stands for what could
// not be read: half of a surrogate pair in JSON, or a wrong encoding.
func IsBroken(text string) bool { return strings.ContainsRune(text, utf8.RuneError) }

// HasDigit reports whether a text has a digit in any form: full-width, circled,
// raised, of another script, a Roman numeral of one character. The Chinese zero is
// part of names, and so are the Chinese numbers, which are letters.
func HasDigit(text string) bool {
	if isASCII(text) {
		return strings.ContainsAny(text, "0123456789")
	}
	return strings.ContainsFunc(text, isNumber) || strings.ContainsFunc(compatible(text), isNumber)
}

func isNumber(r rune) bool {
	if r >= '\u4e00' && r <= '\u9fff' {
		return false
	}
	return unicode.IsNumber(r) && r != '\u3007'
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
