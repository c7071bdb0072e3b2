package desk

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// maxSpelt is how many combinations of readings Spell gives.
const maxSpelt = 8

// Spell gives the initials by which a text is typed, of each combination of the readings
// of its characters, at most eight, apart by blanks and the commonest first: "nx rx" for
// 女婿.
// Letters and figures stand for themselves, in small letters; what is not read is left
// out.
func Spell(text string) string {
	all := []string{""}
	for _, r := range text {
		letters := initials(r)
		if len(letters) == 0 {
			continue
		}
		var next []string
		for _, letter := range letters { // combinations of common readings come first
			for _, begun := range all {
				if spelt := begun + letter; len(next) < maxSpelt && !slices.Contains(next, spelt) {
					next = append(next, spelt)
				}
			}
		}
		all = next
	}
	return strings.Join(all, " ")
}

// initials are the first letters of a character's readings, the common ones first.
func initials(r rune) (letters []string) {
	if r <= unicode.MaxASCII {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters = append(letters, string(unicode.ToLower(r)))
		}
		return letters
	}
	all := slices.Concat(readTables().common[r], pinyin.SinglePinyin(r, pinyin.Args{Style: pinyin.Normal, Heteronym: true}))
	for _, reading := range all {
		if reading == "" || reading[0] < 'a' || reading[0] > 'z' || slices.Contains(letters, reading[:1]) {
			continue
		}
		letters = append(letters, reading[:1])
	}
	return letters
}
