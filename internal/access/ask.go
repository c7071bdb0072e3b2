package access

import (
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Ask decides whether a unit may ask about the scope. kind names the records in
// the refusal; "": any.
func Ask(t Tree, asker, scope change.UnitID, kind string) error {
	if !t.Below(asker, scope) {
		return Closed(kind)
	}
	return nil
}

// Closed is the refusal of a question. It is the same for a unit that does not
// exist, so that nobody learns by asking which units there are.
func Closed(kind string) error {
	what := "records"
	if kind != "" {
		what = kind + " " + what
	}
	return fault.New(fault.Denied, "%s of that unit are not open to this one", what).
		WithHint("ask about your own unit or one below it")
}
