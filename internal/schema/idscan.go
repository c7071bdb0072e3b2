package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tongbu/internal/calendar"
)

// HoldsIDNumber reports whether a text is, or contains, a citizen's ID number: 18
// characters with a birth date that exists and the right check character, or the
// 15 digits of before 1999 with such a date and no digit beside them. Full-width
// characters count as their half-width ones, and characters between the digits
// that are neither letter nor digit do not hide a number. An identifier that holds
// one must not be taken: identifiers are neither masked nor encrypted.
func HoldsIDNumber(text string) bool {
	if !ManyDigits(text) {
		return false
	}
	runes := []rune(halfWidth(text))
	for i := range runes {
		if end, _ := idNumberAt(runes, i); end > 0 {
			return true
		}
	}
	return false
}

// ManyDigits reports whether a text may hold an ID number: as many digits as the shortest
// one has, with no letter and never two other characters between them. It is asked of
// every text of an answer.
func ManyDigits(text string) bool {
	if !digitBytes(text) {
		return false
	}
	digits, parted := 0, false
	for i := 0; i < len(text) && digits < idOldLength; {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
		}
		switch {
		case c >= '0' && c <= '9':
			digits, parted = digits+1, false
		case c < utf8.RuneSelf:
			if letter := c|0x20 >= 'a' && c|0x20 <= 'z'; letter || parted {
				digits, parted = 0, false
				break
			}
			parted = true
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			i += n
			switch {
			case r >= '０' && r <= '９':
				digits, parted = digits+1, false
			case parted, !parts(r):
				digits, parted = 0, false
			default:
				parted = true
			}
		}
	}
	return digits >= idOldLength
}

// MaskIDNumbers returns a text with the ID numbers in it masked, those that somebody has
// mistyped too: one wrong digit tells who it is as well as none.
func MaskIDNumbers(text string) string {
	if !ManyDigits(text) {
		return text
	}
	given, runes := []rune(text), []rune(halfWidth(text)) // one for one
	var b strings.Builder
	for i := 0; i < len(runes); {
		end, number := idNumberAt(runes, i)
		if end == 0 {
			end, number = likeIDNumberAt(runes, i)
		}
		if end == 0 {
			b.WriteRune(given[i])
			i++
			continue
		}
		b.WriteString(Masked(number))
		i = end
	}
	return b.String()
}

// digitBytes reports whether so many bytes of a text are digits, or begin what may be one
// of full width. Letters are not told apart for that, which takes longer.
func digitBytes(text string) bool {
	digits := 0
	for i := 0; i < len(text) && digits < idOldLength; i++ {
		if c := text[i]; c >= '0' && c <= '9' || c == 0xef {
			digits++
		}
	}
	return digits >= idOldLength
}

// idNumberAt reads the ID number that begins at a place, and returns where it
// ends; 0: none begins there.
func idNumberAt(runes []rune, at int) (end int, number string) {
	if !isDigit(runes, at) || runes[at] == '0' { // no area begins with 0
		return 0, ""
	}
	if end, number = readNumber(runes, at, idLength, everywhere); end > 0 {
		if _, err := ParseID(strings.ToUpper(number)); err == nil {
			return end, number
		}
	}
	if at > 0 && isDigit(runes, at-1) { // of another number
		return 0, ""
	}
	end, number = readNumber(runes, at, idOldLength, betweenGroups)
	if end == 0 || isDigit(runes, end) || !calendar.Valid("19"+number[6:8]+"-"+number[8:10]+"-"+number[10:12]) {
		return 0, ""
	}
	return end, number
}

// likeIDNumberAt is idNumberAt for what is meant for a number of 18 and is none: two of
// its province, century and day of the year are such as people have.
func likeIDNumberAt(runes []rune, at int) (end int, number string) {
	if !isDigit(runes, at) || at > 0 && isDigit(runes, at-1) {
		return 0, ""
	}
	end, number = readNumber(runes, at, idLength, inFull)
	if end == 0 || isDigit(runes, end) {
		return 0, ""
	}
	like := 0
	for _, is := range []bool{strings.Contains(provinces, " "+number[:2]+" "), number[6:8] == "19" || number[6:8] == "20" || number[6:8] == "18", calendar.Valid("2000-" + number[10:12] + "-" + number[12:14])} {
		if is {
			like++
		}
	}
	if like < 2 {
		return 0, ""
	}
	return end, number
}

// provinces are the first two digits of the areas of ID numbers.
const provinces = " 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 "

// Where one character may stand between two of a number's, after so many of them.
// The check character makes sure of a number of 18; the shorter one has none, so
// that it is looked for as people write it.
func everywhere(int) bool { return true }

func betweenGroups(n int) bool { return n == 6 || n == 12 }

func inFull(n int) bool { return n == 6 || n == 10 || n == 12 || n == 14 }

func readNumber(runes []rune, at, length int, mayPart func(int) bool) (end int, number string) {
	var b strings.Builder
	for n := 0; n < length; n++ {
		if n > 0 && mayPart(n) && at < len(runes) && parts(runes[at]) {
			at++
		}
		isCheck := n == idLength-1 && at < len(runes) && (runes[at] == 'X' || runes[at] == 'x')
		if !isDigit(runes, at) && !isCheck {
			return 0, ""
		}
		b.WriteRune(runes[at])
		at++
	}
	return at, b.String()
}

func isDigit(runes []rune, at int) bool {
	return at < len(runes) && runes[at] >= '0' && runes[at] <= '9'
}

// parts reports whether a character can stand between digits without being part
// of a word.
func parts(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
