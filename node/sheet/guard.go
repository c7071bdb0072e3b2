package sheet

import (
	"slices"
	"strings"
	"unicode"
)

// formulas begin what a spreadsheet would calculate: in half width, full width and
// their small forms.
const formulas = "=+-@＝＋－＠﹦﹢﹣﹫\t\r"

// guardCell makes a text a cell of a CSV file that no spreadsheet calculates or
// rounds, and that plainCell reads as it was: a ' before what begins like a formula
// or looks like its failure, a tab before digits that are a text.
func guardCell(s string) string {
	switch {
	case isGuarded(strings.TrimLeft(s, "'")):
		return "'" + s
	case rounds(s):
		return "\t" + s
	}
	return s
}

// guard is guardCell for a layout. What another system reads keeps its digits bare: it
// would take the tab for one of them.
func (l Layout) guard(s string) string {
	if l.Map != nil && !isGuarded(strings.TrimLeft(s, "'")) {
		return s
	}
	return guardCell(s)
}

// plainCell takes off what guardCell, or a spreadsheet, has put before a text.
func plainCell(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && isGuarded(strings.TrimLeft(rest, "'")) {
		return rest
	}
	if rest, ok := strings.CutPrefix(s, "\t"); ok && rounds(rest) {
		return rest
	}
	if rest, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(rest, `"`) { // how others keep digits
		return strings.TrimSuffix(rest, `"`)
	}
	return s
}

// isGuarded reports whether a text would be calculated, or taken for what failed.
func isGuarded(s string) bool { return beginsFormula(s) || isFormulaError(s) }

// formulaErrors are what a formula shows that failed.
var formulaErrors = []string{"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#GETTING_DATA"}

func isFormulaError(s string) bool {
	return strings.HasPrefix(s, "#") && slices.Contains(formulaErrors, strings.TrimSpace(s))
}

func beginsFormula(s string) bool {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) && r != '\t' && r != '\r' })
	return s != "" && strings.ContainsRune(formulas, []rune(s)[0])
}

// rounds reports whether a spreadsheet would take a text for a number and show
// another one: it is long, or begins with a zero.
func rounds(s string) bool {
	digits := strings.TrimSuffix(s, "X")
	if strings.Trim(digits, "0123456789") != "" || len(digits) < 2 {
		return false
	}
	return len(digits) > 11 || digits[0] == '0'
}
