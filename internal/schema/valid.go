package schema

import "tongbu/internal/change"

// Standing makes the values of a record say the same as whether it is void. A void that
// an edit stands against has no effect: the record is valid, whatever the void says,
// and a reason is one of a void alone. It returns the values.
func Standing(values map[string]change.Value, void bool) map[string]change.Value {
	if void {
		return values
	}
	delete(values, VoidReason)
	if _, said := values["valid"]; said {
		values["valid"] = change.Text("1")
	}
	return values
}
