package system

import (
	"encoding/hex"
	"fmt"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// AuditHeadKind is the kind of the records in which a device says how far its
// audit log has come, in its own signed stream: so the end of the log cannot be
// cut off, nor the log rewritten, without contradicting what the tiers above hold.
const AuditHeadKind = "audit_head"

// AuditHead is how far an audit log has come.
type AuditHead struct {
	Entry uint64 // number of the last entry
	Hash  change.Hash
	At    int64 // Unix milliseconds
}

// AuditHeadID is the record of a device's incarnation: a new incarnation begins
// a new log.
func AuditHeadID(d change.DeviceID, incarnation uint32) change.RecordID {
	return change.RecordID(fmt.Sprintf("%s-%d", d, incarnation))
}

// AuditHeadFrom reads a head from the fields of a change. It returns
// Damaged when the hash cannot be read.
func AuditHeadFrom(fields change.Fields) (AuditHead, error) {
	h := AuditHead{Entry: uint64(fields.Get("entry").Int()), At: fields.Get("at").Int()}
	hash, err := hex.DecodeString(fields.Get("hash").Text())
	if err != nil || len(hash) != len(h.Hash) {
		return h, fault.New(fault.Damaged, "a head of the audit log cannot be read")
	}
	h.Hash = change.Hash(hash)
	return h, nil
}

// Fields are those of the change that says the head.
func (h AuditHead) Fields() map[string]change.Value {
	return map[string]change.Value{"entry": change.Int(int64(h.Entry)), "hash": change.Text(fmt.Sprintf("%x", h.Hash)), "at": change.Int(h.At)}
}
