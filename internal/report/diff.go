package report

import "tongbu/internal/change"

// Class says what has moved figures of a past day.
type Class string

// The classes.
const (
	Late      Class = "late"      // a record that had not arrived
	Corrected Class = "corrected" // another value of a record that had
	Voided    Class = "voided"
	Refused   Class = "refused"  // the city has taken the effect from it
	Restored  Class = "restored" // it has its effect, or is valid, again
	Moved     Class = "moved"    // a unit stands under another
	Published Class = "published"
	ByRules   Class = "rules" // of the program
)

// Difference is something that has moved figures.
type Difference struct {
	Class   Class           `json:"class"`
	Kind    string          `json:"kind,omitempty"`
	ID      change.RecordID `json:"id,omitempty"`
	Unit    string          `json:"unit,omitempty"` // division code of the unit whose figures it moves
	Day     string          `json:"day,omitempty"`  // of an event
	Figures []Shift         `json:"figures"`
}

// Shift is by how much something has moved a figure.
type Shift struct {
	Indicator   string `json:"indicator"`
	Group       string `json:"group"`
	Numerator   int64  `json:"numerator"`
	Denominator int64  `json:"denominator,omitempty"`
	Added       int64  `json:"added,omitempty"`
}

// Shifts lists by how much one list of figures of a unit is above another.
func Shifts(was, now []Figure) []Shift {
	shifts := []Shift{}
	for _, m := range Compare(was, now) {
		a, b := orZero(m.Was), orZero(m.Now)
		shifts = append(shifts, Shift{Indicator: m.Indicator, Group: m.Group, Numerator: b.Numerator - a.Numerator,
			Denominator: orNone(b.Denominator) - orNone(a.Denominator), Added: orNone(b.Added) - orNone(a.Added)})
	}
	return shifts
}

func orZero(a *Amount) Amount {
	if a == nil {
		return Amount{}
	}
	return *a
}

func orNone(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
