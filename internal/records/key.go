package records

import (
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// stateKey names a record: kinds and ids hold no 0.
func stateKey(kind string, id change.RecordID) []byte {
	return append(append([]byte(kind), 0), id...)
}

// placeKey says where a change of a record stands.
func placeKey(kind string, id change.RecordID, in change.Stream, seq uint64) []byte {
	return append(append(stateKey(kind, id), 0), numbered(in, seq)...)
}

// refusedKey names a refusal under the record of the change it refuses.
func refusedKey(kind string, id, refusal change.RecordID) []byte {
	return append(append(stateKey(kind, id), 0), refusal...)
}

// numbered is a stream with a number: of a place, or of a dot.
func numbered(in change.Stream, n uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(in.String()), 0), n)
}

// parseNumbered is the inverse of numbered.
func parseNumbered(raw []byte) (change.Stream, uint64, error) {
	if len(raw) < 10 {
		return change.Stream{}, 0, fault.New(fault.Damaged, "an entry of the record index is too short")
	}
	in, err := change.ParseStream(string(raw[:len(raw)-9]))
	if err != nil {
		return in, 0, fault.As(fault.Damaged, "read the record index", err)
	}
	return in, binary.BigEndian.Uint64(raw[len(raw)-8:]), nil
}
