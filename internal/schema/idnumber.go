package schema

import (
	"strings"
	"unicode"

	"tongbu/internal/calendar"
	"tongbu/internal/fault"
)

// ID is what a citizen's ID number (GB 11643) says.
type ID struct {
	Area  string // six digits; whether it was ever a code is asked elsewhere
	Birth string // YYYY-MM-DD
	Male  bool
	Old   bool // of 15 digits, issued until 1999: no century, no check character
}

const (
	idLength    = 18
	idOldLength = 15
	idChecks    = "10X98765432"
)

// NormalizeID trims, drops characters of no width, turns full-width characters
// into half-width and x into X. It judges nothing, and a number of 15 digits stays
// one: a spreadsheet cuts numbers of 18 to the same look.
func NormalizeID(text string) string {
	return strings.TrimSpace(strings.ToUpper(halfWidth(strings.Map(dropFormat, text))))
}

// dropFormat drops the marks that are copied along with a number from a page.
func dropFormat(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// ParseID reads a normalised number. Its errors are Invalid and never show the
// number.
func ParseID(number string) (ID, error) {
	id, wrong := readID(number)
	if wrong == nil {
		return id, nil
	}
	return id, fault.New(fault.Invalid, "%s", wrong.En).WithHint("read the number again, digit by digit")
}

// What is wrong with a number.
var (
	idLengthWrong = &Label{Zh: "公民身份号码应为17位数字和1位校验码", En: "an ID number has 17 digits and a check character"}
	idCheckWrong  = &Label{Zh: "公民身份号码校验码不对", En: "the check character of the ID number is wrong"}
	idDateWrong   = &Label{Zh: "公民身份号码中的出生日期不存在", En: "the birth date in the ID number does not exist"}
	idCutZeros    = &Label{Zh: "公民身份号码末三位为000，是被电子表格截断的：请把该列设为文本后重新填写",
		En: "the last three digits of the ID number are 000, a spreadsheet has cut it: make the column text and enter it again"}
	idCutOld = &Label{Zh: "公民身份号码只有15位且出生日期不存在，是被电子表格截断的18位号码：请把该列设为文本后重新填写",
		En: "15 digits with a birth date that does not exist: a spreadsheet has cut an ID number of 18, make the column text and enter it again"}
	idCutPower = &Label{Zh: "公民身份号码成了科学计数法，是被电子表格改的：请把该列设为文本后重新填写",
		En: "the ID number has an exponent, a spreadsheet has cut it: make the column text and enter it again"}
)

func readID(number string) (id ID, wrong *Label) {
	switch wrong := wrongID(number); {
	case wrong != nil:
		return ID{}, wrong
	case len(number) == idOldLength:
		return ID{Area: number[:6], Birth: "19" + number[6:8] + "-" + number[8:10] + "-" + number[10:12], Male: number[14]%2 == 1, Old: true}, nil
	}
	return ID{Area: number[:6], Birth: number[6:10] + "-" + number[10:12] + "-" + number[12:14], Male: number[16]%2 == 1}, nil
}

// wrongID says what is wrong with a number, nil when nothing is.
func wrongID(number string) *Label {
	switch {
	case len(number) == idOldLength && allDigits(number):
		return wrongOldID(number)
	case strings.Contains(number, "E+"):
		return idCutPower
	case len(number) != idLength || !allDigits(number[:idLength-1]):
		return idLengthWrong
	case number[idLength-1] != checkCharacter(number[:idLength-1]) && endsCut(number):
		return idCutZeros
	case number[idLength-1] != checkCharacter(number[:idLength-1]):
		return idCheckWrong
	case !calendar.IsDay(calendar.Digits(number[6:10]), calendar.Digits(number[10:12]), calendar.Digits(number[12:14])):
		return idDateWrong
	}
	return nil
}

func wrongOldID(number string) *Label {
	switch {
	case calendar.IsDay(1900+calendar.Digits(number[6:8]), calendar.Digits(number[8:10]), calendar.Digits(number[10:12])):
		return nil
	case beginsLikeYear(number):
		return idCutOld
	}
	return idDateWrong
}

// endsCut reports whether a number of 18 ends as spreadsheets end it, which keep 15
// digits of a number.
func endsCut(number string) bool { return len(number) == idLength && number[idOldLength:] == "000" }

// beginsLikeYear reports whether characters 7 and 8 of an old number, its year, are
// how a year of four digits begins.
func beginsLikeYear(number string) bool { return number[6:8] == "19" || number[6:8] == "20" }

// TrustedID reports whether a number is read without a doubt: fields that are empty
// are filled from such ones only.
func TrustedID(number string) (ID, bool) {
	id, wrong := readID(number)
	return id, wrong == nil && !endsCut(number) && (!id.Old || !beginsLikeYear(number))
}

// WholeID is the number by which a person is compared: a number of 15 digits is
// the same as the one of 18 that took its place in 1999.
func WholeID(number string) string {
	if len(number) != idOldLength || !allDigits(number) {
		return number
	}
	s := number[:6] + "19" + number[6:]
	return s + string(checkCharacter(s))
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
		sum = (sum + int(c-'0')) * 2
	}
	return idChecks[sum%11]
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
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
