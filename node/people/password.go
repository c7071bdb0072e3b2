package people

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tongbu/internal/fault"
)

// Limits of a password: characters at least, bytes at most.
const (
	minPassword = 8
	maxPassword = 128
)

// clean is the form in which a password is hashed: what is typed in full-width letters
// is what is typed in common ones.
func clean(password string) string { return norm.NFKC.String(password) }

// CheckPassword returns Invalid for a password that is not to be used for a login. Its
// words do not repeat it.
func CheckPassword(login, password string) error {
	clear := clean(password)
	n := utf8.RuneCountInString(clear)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return fault.New(fault.Invalid, "a password is text of one line").WithHint("letters, digits and signs as they are typed")
	case n < minPassword:
		return fault.New(fault.Invalid, "a password has %d characters at least", minPassword).WithHint("some words in a row are easy to remember")
	case len(password) > maxPassword || len(clear) > maxPassword:
		return fault.New(fault.Invalid, "a password has %d bytes at most", maxPassword).WithHint("a Chinese character has three")
	case strings.EqualFold(clear, login):
		return fault.New(fault.Invalid, "a password is not the login").WithHint("some words in a row are easy to remember")
	case isCommon(clear, login):
		return fault.New(fault.Invalid, "this password is among the first that are tried").WithHint("not rows of keys or numbers, repeated signs, dates, or a common word with some digits")
	}
	return nil
}

// rows are signs that people type one after the other.
var rows = []string{
	"01234567890", "abcdefghijklmnopqrstuvwxyz",
	"qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "`1234567890-=", "~!@#$%^&*()_+",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "147258369", "159357", "741852963",
}

// commonWords are what the most used passwords are made of.
var commonWords = []string{
	"password", "passwd", "passw0rd", "pass", "admin", "administrator", "root", "user", "test", "guest", "login", "welcome", "letmein", "master",
	"hello", "iloveyou", "love", "dragon", "monkey", "football", "sunshine", "princess", "computer", "windows", "secret", "changeme", "default",
	"woaini", "5201314", "520", "1314", "mima", "zhongguo", "china", "shequ", "jiedao", "tongbu", "beijing", "shanghai", "wuhan", "huangshi",
	"密码", "管理员", "社区", "街道", "同步",
}

// leastLeft is how many characters a password has beside what is common.
const leastLeft = 4

// isCommon reports whether a password is a date, repeats a few characters, or is made of
// rows of keys, repeated signs, common words and the login with hardly anything beside.
func isCommon(password, login string) bool {
	text := strings.ToLower(password)
	words := commonWords
	if utf8.RuneCountInString(login) > 2 {
		words = append([]string{login}, words...)
	}
	return isRepeated(text) || isDate(text) || len(beside(text, words)) < leastLeft || len(beside(signsAsLetters.Replace(text), words)) < leastLeft
}

var signsAsLetters = strings.NewReplacer("@", "a", "0", "o", "$", "s", "3", "e", "1", "l", "!", "i")

// isRepeated reports whether a text is a few characters again and again.
func isRepeated(text string) bool {
	runes := []rune(text)
	for size := 1; size <= 4; size++ {
		same := true
		for i := size; i < len(runes) && same; i++ {
			same = runes[i] == runes[i-size]
		}
		if same && len(runes) >= 2*size {
			return true
		}
	}
	return false
}

// isDate reports whether a text is eight digits that are a day of one's life, in either
// order.
func isDate(text string) bool {
	if len(text) != 8 || strings.Trim(text, "0123456789") != "" {
		return false
	}
	year := func(s string) bool { return strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20") }
	return year(text) && text[4:6] <= "12" && text[6:] <= "31" || year(text[4:]) && text[:2] <= "31" && text[2:4] <= "31"
}

// beside is what a text has beside common words and runs of three and more.
func beside(text string, words []string) []rune {
	for _, word := range words {
		text = strings.ReplaceAll(text, word, "\x00")
	}
	runes := []rune(text)
	var left []rune
	for i := 0; i < len(runes); {
		n := run(runes[i:])
		switch {
		case n >= 3:
			i += n
			continue
		case runes[i] != 0:
			left = append(left, runes[i])
		}
		i++
	}
	return left
}

// run is how long the run at the beginning of a text is: one sign again and again, or
// along a row, either way.
func run(text []rune) int {
	best := 1
	for best < len(text) && text[best] == text[0] {
		best++
	}
	for _, row := range rows {
		for _, forward := range []int{1, -1} {
			best = max(best, runAlong(text, row, forward))
		}
	}
	return best
}

func runAlong(text []rune, row string, step int) int {
	n, at := 0, strings.IndexRune(row, text[0])
	if step < 0 {
		at = strings.LastIndex(row, string(text[0]))
	}
	for at >= 0 && at < len(row) && n < len(text) && text[n] == rune(row[at]) {
		n, at = n+1, at+step
	}
	return n
}
