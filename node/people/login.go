package people

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/plain"
	"tongbu/internal/schema"
)

// Limits of a login, in characters. In bytes it is as long as what a change says of who
// made it.
const (
	minLogin = 2
	maxLogin = 32
)

// maxTyped is how many bytes of a login are looked at.
const maxTyped = 4 * maxLogin

// maxName bounds a name, in bytes.
const maxName = 100

// Normal is the form of a login that is kept and compared: NFKC, lower case. It is its
// own normal form, and "" where what was typed can be none.
func Normal(login string) string {
	if len(login) > maxTyped {
		return ""
	}
	for range 3 { // lower case may have another compatible form, and that another lower case
		next := strings.ToLower(norm.NFKC.String(strings.TrimSpace(login)))
		if next == login {
			return login
		}
		login = next
	}
	return ""
}

// checkLogin returns Invalid for what is no login. Its words do not repeat it.
func checkLogin(login string) error {
	n := utf8.RuneCountInString(login)
	odd := strings.ContainsFunc(login, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	})
	switch {
	case n < minLogin || n > maxLogin || len(login) > change.MaxActor || odd || !utf8.ValidString(login):
		return fault.New(fault.Invalid, "a login has %d to %d letters, digits, dots, hyphens and underscores", minLogin, maxLogin).WithHint("such as wang.xm; at most %d bytes in UTF-8", change.MaxActor)
	case schema.MaskIDNumbers(login) != login:
		return fault.New(fault.Invalid, "a login is no ID number").WithHint("logins stand in logs; choose another")
	}
	return nil
}

// checkName returns Invalid for what is not shown as a name.
func checkName(name string) error {
	if name == "" || len(name) > maxName || plain.Line(name) != name || strings.TrimSpace(name) != name || schema.MaskIDNumbers(name) != name {
		return fault.New(fault.Invalid, "a name is one line of at most %d bytes, without an ID number", maxName).WithHint("as colleagues call the person")
	}
	return nil
}
