package identity

import (
	"tongbu/internal/fault"
	"tongbu/internal/plain"
)

const maxMessage = 300

// Failure is an error as it travels in an HTTPS answer.
type Failure struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// FailureOf makes the wire form of an error. The text of an unclassified one
// stays here.
func FailureOf(err error) Failure {
	kind := fault.Of(err)
	if kind == fault.Internal {
		return Failure{Kind: kind.String(), Message: "the hub failed"}
	}
	return Failure{Kind: kind.String(), Message: OneLine(err.Error()), Hint: OneLine(fault.Hint(err))}
}

// Err is the inverse of FailureOf; what comes from outside is made one short
// printable line.
func (f Failure) Err() error {
	kind := fault.Parse(f.Kind)
	if kind == fault.OK {
		kind = fault.Internal
	}
	if kind == fault.Canceled { // there, not here
		kind = fault.Unavailable
	}
	e := fault.New(kind, "%s", OneLine(f.Message))
	if f.Hint == "" {
		return e
	}
	return e.WithHint("%s", OneLine(f.Hint))
}

// OneLine makes a text that came from outside one short printable line.
func OneLine(s string) string {
	s = plain.Line(s)
	if runes := []rune(s); len(runes) > maxMessage {
		return string(runes[:maxMessage])
	}
	return s
}
