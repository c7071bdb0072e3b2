package watch

import (
	"encoding/hex"
	"strconv"
	"strings"

	"tongbu/internal/calendar"
	"tongbu/internal/fault"
)

// Position is how far somebody who watches has come: in which life of the journal, up to
// which arrival, and by the derived rows of which day.
type Position struct {
	Life    string
	Arrival uint64
	Day     string // "": no rows have been told that depend on it
}

// Text is the position as it is told. It is opaque to whoever keeps it.
func (p Position) Text() string {
	return p.Life + "." + strconv.FormatUint(p.Arrival, 10) + "." + p.Day
}

// Parse reads a position. It returns Invalid for what is none.
func Parse(text string) (Position, error) {
	bad := fault.New(fault.Invalid, "that is no position").WithHint("give one as it was told, or none to begin from the beginning")
	if len(text) > 100 {
		return Position{}, bad
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 || len(parts[0]) != 2*lifeBytes || parts[2] != "" && !calendar.Valid(parts[2]) {
		return Position{}, bad
	}
	if _, err := hex.DecodeString(parts[0]); err != nil {
		return Position{}, bad
	}
	at, err := strconv.ParseUint(parts[1], 10, 63)
	if err != nil {
		return Position{}, bad
	}
	return Position{Life: parts[0], Arrival: at, Day: parts[2]}, nil
}
