package screen

import (
	"strings"
	"unicode"
)

// A public screen shows no number by which a person is known or reached. Digits are
// counted with what people put between them left out, so that a typing error in an ID
// number does not show the rest of it.
const (
	mobileDigits  = 11 // and the first is a 1
	longestNumber = 14 // with more it may be an ID number, a card or an account
)

// clean is a text as it may be shown to everybody: on one line, without characters that
// do not show, and "" when it holds a number of a person.
func clean(text string) string {
	text = printable(text)
	if holdsNumber(text, true) {
		return ""
	}
	return text
}

// cleanContact is clean for the phone of a desk, which may be a mobile one.
func cleanContact(text string) string {
	text = printable(text)
	if holdsNumber(text, false) {
		return ""
	}
	return text
}

// paragraphs are those of a text as it may be shown to everybody; none when the whole of
// it holds a number of a person.
func paragraphs(text string) (all []string) {
	if clean(text) == "" {
		return nil
	}
	for line := range strings.Lines(text) {
		if line = printable(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// printable leaves out what does not show or turns the direction of a line, and puts
// single blanks for all others.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// holdsNumber reports whether a text holds an ID number, whole or mistyped, or an
// account; and with mobiles a mobile phone.
func holdsNumber(text string, mobiles bool) bool {
	var run []rune
	ends := func() bool {
		n := len(run)
		if mobiles && n == mobileDigits+2 && run[0] == '8' && run[1] == '6' {
			run, n = run[2:], n-2
		}
		return n > longestNumber || mobiles && n == mobileDigits && run[0] == '1'
	}
	for _, r := range text {
		switch {
		case unicode.IsNumber(r):
			run = append(run, digit(r))
		case between(r) && len(run) > 0:
		default:
			if ends() {
				return true
			}
			run = run[:0]
		}
	}
	return ends()
}

// digit is a digit as one of ours: those of the full width are, and of all others any
// might be meant.
func digit(r rune) rune {
	switch {
	case '0' <= r && r <= '9':
		return r
	case '０' <= r && r <= '９':
		return '0' + r - '０'
	}
	return '1'
}

// between are what people write between the digits of one number.
func between(r rune) bool { return strings.ContainsRune(" -–—－−·.．()（）_*xX", r) }

// cut is the beginning of a text, and whether there is more.
func cut(text string, most int) (string, bool) {
	runes := []rune(text)
	if len(runes) <= most {
		return text, false
	}
	return string(runes[:most-1]) + "…", true
}
