package system

import (
	"encoding/json"

	"tongbu/internal/change"
)

// Accounts is what a device says of the accounts of the people who sign in at it.
type Accounts struct {
	Count       int           // that have not ended
	Unconfirmed int           // of them: nobody above has confirmed them
	Heads       []AccountHead // of them, by login; so many as there is room for
}

// AccountHead is the account of somebody who leads.
type AccountHead struct {
	Login     string `json:"login"`
	Name      string `json:"name"`
	Confirmed bool   `json:"confirmed,omitempty"` // by somebody above
}

// maxHeads bounds what is said of heads, in bytes: a device says little of itself in one
// change.
const maxHeads = 800

// AccountsFrom reads them from the fields of a device's state. What cannot be read of
// the heads is none: the device is another's.
func AccountsFrom(value func(field string) change.Value) (a Accounts) {
	a.Count, a.Unconfirmed = int(min(number(value("accounts")), maxCount)), int(min(number(value("unconfirmed")), maxCount))
	text := value("heads").Text()
	if a.Count == 0 || len(text) > maxHeads || json.Unmarshal([]byte(text), &a.Heads) != nil {
		a.Heads = nil
	}
	return a
}

// maxCount is more accounts than a device has.
const maxCount = 1 << 20

// Fields are those of the change that says it.
func (a Accounts) Fields() map[string]change.Value {
	fields := map[string]change.Value{"accounts": change.Int(int64(a.Count)), "unconfirmed": change.Int(int64(a.Unconfirmed))}
	for n := len(a.Heads); n > 0; n-- {
		raw, err := json.Marshal(a.Heads[:n])
		if err == nil && len(raw) <= maxHeads {
			fields["heads"] = change.Text(string(raw))
			break
		}
	}
	return fields
}
