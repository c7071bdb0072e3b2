package plain

import "strings"

// formulas are the characters with which a spreadsheet begins a formula, in half
// width, full width and their small forms: programs for East Asia read all of
// them alike.
const formulas = "=+-@" + "＝＋－＠" + "﹦﹢﹣﹫"

// Cell makes a text a cell of a CSV file, header or value: as Text, and with a '
// before what a spreadsheet would calculate. That is a text whose first character,
// blanks and line feeds aside, begins a formula, and one that begins with a line
// feed, carriage return or tab, which some programs drop (OWASP, CSV injection).
func Cell(s string) string {
	s = Text(s)
	first := strings.TrimSpace(strings.TrimLeft(s, string(Instead)+" \t\n"))
	if s != "" && strings.ContainsRune("\t\n", rune(s[0])) || first != "" && strings.ContainsRune(formulas, []rune(first)[0]) {
		return "'" + s
	}
	return s
}
