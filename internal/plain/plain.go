// Package plain makes text that others wrote safe to show: on a terminal, in a
// line of a log, in JSON and in a spreadsheet. What a peer, a device or a file
// says may hold escape sequences that move the cursor, set the title or write to
// the clipboard, marks that turn the direction of the text, characters that take
// no place and so hide what they stand for, and formulas. A text is kept as it
// came in what is stored and signed; it goes through this package at the edge
// where it is shown, and nowhere else is it decided what is shown.
//
// Names are kept: all of Chinese with its rare and private characters, the middle
// dot, letters of other scripts, and one variation selector behind a character.
package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Instead stands in the place of what is not shown, so that a text that hides
// something looks like one that does.
const Instead = utf8.RuneError

// Line makes a text one line: line feeds, tabs and separators of lines become
// blanks.
func Line(s string) string { return shown(s, "") }

// Text is Line for a text of several lines, which keeps line feeds and tabs. A
// carriage return, alone or before a line feed, is a line feed.
func Text(s string) string {
	if strings.ContainsRune(s, '\r') {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return shown(s, "\n\t")
}

// shown maps the text but for the characters to keep; one in order is returned as
// it is.
func shown(s, keep string) string {
	if inOrder(s, keep) {
		return s
	}
	var b strings.Builder
	var before rune
	for _, r := range s { // invalid UTF-8 comes as Instead
		r = shownRune(r, before, keep)
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

func inOrder(s, keep string) bool {
	var before rune
	for _, r := range s {
		if r == utf8.RuneError || shownRune(r, before, keep) != r {
			return false
		}
		before = r
	}
	return true
}

func shownRune(r, before rune, keep string) rune {
	switch {
	case strings.ContainsRune(keep, r), !Hidden(r):
		return r
	case isSelector(r) && carriesSelector(before):
		return r
	case breaksLine(r):
		return ' '
	}
	return Instead
}

// Hidden reports whether a character is not to be shown as it is: controls (C0,
// DEL, C1), formats (marks of direction, joiners of no width, soft hyphens, tags),
// separators of lines and paragraphs, fillers and selectors that show nothing,
// and what is no character. Unassigned ones are shown: a terminal draws a box for
// them, and rare characters of Chinese are added to Unicode each year.
func Hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r < 0xa0, r >= 0x4e00 && r <= 0x9fff: // most of what is shown here
		return false
	case r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef: // no characters, for ever
		return true
	case r >= 0xe0000 && r <= 0xe0fff: // tags, selectors, and what is kept for more of them
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func breaksLine(r rune) bool {
	return r >= '\t' && r <= '\r' || r == 0x85 || r == 0x2028 || r == 0x2029
}

// isSelector reports whether a character chooses the form of the one before it, as
// in rare names.
func isSelector(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) || r == 0x180e }

// carriesSelector is what a selector can follow: a row of them would carry a text
// that nobody sees.
func carriesSelector(r rune) bool {
	return r > 0x7f && !Hidden(r) && !unicode.IsSpace(r) && r != Instead
}
