package desk

import (
	"slices"
	"strings"
	"sync"
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

// orderKey is by what a name is put in order: as it is read, character by character, as in
// a list of names on paper, so that those of one surname stand together.
func orderKey(name string) string {
	t, runes := readTables(), []rune(name)
	surname := t.surname(runes)
	var key strings.Builder
	for i, r := range runes {
		reading := "{" // behind all letters: what is not read
		if i < len(surname) {
			reading = surname[i][0]
		} else if cached, met := readAs.Load(r); met {
			reading = cached.(string)
		} else if all := t.readings(r); len(all) > 0 {
			reading = all[0]
			readAs.Store(r, reading)
		}
		key.WriteString(reading)
		key.WriteByte(' ')
		key.WriteRune(r)
	}
	return key.String()
}

// readAs are the readings of the characters that were met: a table of ten thousand names
// has some hundreds of them.
var readAs sync.Map
