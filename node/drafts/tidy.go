package drafts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Limits of what names a draft, in bytes.
const (
	maxName  = 128
	maxTitle = 400
)

// perValue is what a value counts for beside its bytes.
const perValue = 8

// tidy takes from a draft what no text has, and refuses what is no draft.
func (d *Draft) tidy() error {
	switch {
	case d.Owner == "" || !isName(d.Owner, maxName):
		return fault.New(fault.Invalid, "a draft needs the login of its owner")
	case !isName(d.Form, maxName) || !isName(d.Tab, maxName) || !isName(d.Subject, change.MaxName):
		return fault.New(fault.Invalid, "the form, the page or the record of a draft has no such name")
	}
	d.Title = cut(strings.Join(strings.Fields(clean(d.Title)), " "), maxTitle)
	size, values := 0, make(map[string][]string, len(d.Values))
	for name, texts := range d.Values {
		if name == "" || !isName(name, maxName) {
			return fault.New(fault.Invalid, "a field of the draft has no such name")
		}
		size += len(name)
		kept := make([]string, len(texts))
		for i, text := range texts {
			if size += len(text) + perValue; size > MaxDraft {
				return fault.New(fault.Invalid, "the draft has more than %d KiB", MaxDraft>>10).WithHint("shorten the longest texts")
			}
			kept[i] = clean(text)
		}
		values[name] = kept
	}
	if size > MaxDraft {
		return fault.New(fault.Invalid, "the draft has more than %d KiB", MaxDraft>>10).WithHint("shorten the longest texts")
	}
	d.Values = values
	return nil
}

// isName reports whether a text can name something: short, of characters to be seen.
func isName(text string, most int) bool {
	return len(text) <= most && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) })
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// clean takes out control characters and bytes that are no UTF-8: they get in with what
// is pasted, and nobody sees them.
func clean(text string) string {
	text = newlines.Replace(strings.ToValidUTF8(text, ""))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}

// said is what somebody says of a draft, in bounds.
func said(text string) string { return cut(strings.TrimSpace(clean(text)), maxTitle) }

// cut cuts a text to so many bytes, between characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
