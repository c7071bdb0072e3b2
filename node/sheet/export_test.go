package sheet

// The two sides of a guarded cell.
var (
	GuardCell = guardCell
	PlainCell = plainCell
)
