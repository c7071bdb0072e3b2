package digest

// Result is what comes of comparing two accounts of one unit.
type Result string

// The results. Wrong is only what cannot be: the same changes by the same rules, and
// another outcome.
const (
	Equal         Result = "equal"
	NotComparable Result = "not comparable"
	Wrong         Result = "wrong"
)

// Compare says what comes of an account beside another one of the same unit, and by
// what: "day", "position", "facts", "schema" or "published" where they cannot be compared,
// "records" or "rows" where they are wrong.
func (a Account) Compare(other Account) (Result, string) {
	switch {
	case a.Day != other.Day:
		return NotComparable, "day"
	case a.Schema != other.Schema:
		return NotComparable, "schema"
	case a.Position != other.Position:
		return NotComparable, "position"
	case a.RecordsHash != other.RecordsHash:
		return Wrong, "records"
	case a.Facts != other.Facts:
		return NotComparable, "facts"
	case a.Published != other.Published:
		return NotComparable, "published"
	case a.RowsHash != other.RowsHash:
		return Wrong, "rows"
	}
	return Equal, ""
}
