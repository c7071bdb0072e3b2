package report

import (
	"slices"
	"strings"

	"tongbu/internal/facts"
	"tongbu/internal/schema"
)

// Parts are sums that figures are made of: parts of indicators by their codes, and the
// rows of ledgers under the names of these.
type Parts map[string]int64

// Rows is the group of the figures that say how many rows a ledger has.
const Rows = "rows"

// Add adds what some rows add.
func (p Parts) Add(rows facts.Rows) {
	rows.AddTo(p)
	for _, row := range rows.All {
		if isLedger(row.Kind) {
			p[row.Kind]++
		}
	}
}

// AddAll adds the sums of another unit.
func (p Parts) AddAll(o Parts) {
	for part, n := range o {
		p[part] += n
	}
}

func isLedger(kind string) bool {
	return strings.HasPrefix(kind, "ledger_") || strings.HasPrefix(kind, "register_")
}

// Ledgers are the ledgers and registers of a schema, in the order of their names.
func Ledgers(s *schema.Schema) (kinds []string) {
	for _, k := range s.Kinds() {
		if k.Sort == schema.Derived && isLedger(k.Name) {
			kinds = append(kinds, k.Name)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// FiguresOf are all figures of a unit of its parts on the day, and of those on the day
// before the period (nil: the year begins with the period).
func FiguresOf(unit string, ledgers []string, on, before Parts) []Figure {
	var all []Figure
	for _, i := range facts.Indicators() {
		f := Figure{Unit: unit, Indicator: i.Name, Group: i.Group}
		var of int64
		if f.Numerator, of = i.Figure(on); i.IsRate() {
			f.Denominator = &of
		}
		if i.OfYear() {
			earlier, _ := i.Figure(before)
			added := f.Numerator - earlier
			f.Added = &added
		}
		all = append(all, f)
	}
	for _, kind := range ledgers {
		all = append(all, Figure{Unit: unit, Indicator: kind, Group: Rows, Numerator: on[kind]})
	}
	return all
}
