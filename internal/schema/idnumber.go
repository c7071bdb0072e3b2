package schema

import (
	"strings"
	"unicode"

	"tongbu/internal/fault"
)

// ID is what a citizen's ID number (GB 11643) says.
type ID struct {
	Area  string // six digits; whether it was ever a code is asked elsewhere
	Birth string // YYYY-MM-DD
	Male  bool
}

const (
	idLength    = 18
	idOldLength = 15 // issued until 1999: no century, no check character
	idChecks    = "10X98765432"
)

// NormalizeID trims, turns full-width characters into half-width, x into X,
// and upgrades a number of 15 digits to 18 characters. It judges nothing.
func NormalizeID(text string) string {
	s := strings.ToUpper(strings.TrimSpace(halfWidth(text)))
	if len(s) != idOldLength || !allDigits(s) {
		return s
	}
	s = s[:6] + "19" + s[6:]
	return s + string(checkCharacter(s))
}

// ParseID reads a normalised number. Its errors are Invalid and never show the
// number.
func ParseID(number string) (ID, error) {
	if len(number) != idLength || !allDigits(number[:idLength-1]) {
		return ID{}, invalid("an ID number has 17 digits and a check character")
	}
	if number[idLength-1] != checkCharacter(number[:idLength-1]) {
		return ID{}, fault.New(fault.Invalid, "the check character of the ID number is wrong").
			WithHint("read the number again, digit by digit")
	}
	birth := number[6:10] + "-" + number[10:12] + "-" + number[12:14]
	if !ValidDate(birth) {
		return ID{}, invalid("the birth date in the ID number does not exist")
	}
	return ID{Area: number[:6], Birth: birth, Male: number[16]%2 == 1}, nil
}

// Masked shows the first six and the last two characters of a personal number.
func Masked(number string) string {
	r := []rune(number)
	if len(r) <= 8 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:6]) + strings.Repeat("*", len(r)-8) + string(r[len(r)-2:])
}

// checkCharacter is that of 17 digits: ISO 7064, MOD 11-2.
func checkCharacter(body string) byte {
	sum := 0
	for _, c := range []byte(body) {
		sum = (sum + int(c-'0')) * 2 % 11
	}
	return idChecks[sum]
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// halfWidth turns the full-width forms of ASCII into ASCII; input methods
// leave them behind.
func halfWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, s)
}
