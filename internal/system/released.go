package system

import (
	"crypto/sha256"
	"encoding/hex"

	"tongbu/internal/change"
)

// ReleasedKind is the kind of the records in which a device says, in its own stream to
// its unit, that it has heard of a transfer by which its unit gave records away: what it
// writes of them before that in the same stream was made in ignorance of it, and counts.
const ReleasedKind = "released"

// ReleasedID is the record in which a device says so of a transfer.
func ReleasedID(d change.DeviceID, transfer change.RecordID) change.RecordID {
	sum := sha256.Sum256([]byte(transfer))
	return change.RecordID(string(d) + "-" + hex.EncodeToString(sum[:10]))
}

// ReleasedFields are those of the change that says it.
func ReleasedFields(transfer change.RecordID) map[string]change.Value {
	return map[string]change.Value{fieldTransfer: change.Text(string(transfer))}
}

// ReleasedIn is the transfer that a change is about: "" for any other change.
func ReleasedIn(c *change.Change) change.RecordID {
	if c.Kind != ReleasedKind {
		return ""
	}
	return change.RecordID(c.Fields.Get(fieldTransfer).Text())
}
