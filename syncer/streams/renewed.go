package streams

import (
	"encoding/binary"

	"tongbu/internal/journal"
)

var renewedKey = []byte("renewed")

// Renewal is what a restore leaves behind.
type Renewal struct {
	Incarnation uint32 // that the device has now
	Begun       uint32 // that Renew began last; 0: it never did
	Kept        uint64 // last arrival that was in the journal then
}

// noteRenewed notes with which incarnation a restored directory goes on, and how much of
// the journal is of before.
func noteRenewed(tx *journal.Tx, last uint64) error {
	n, err := incarnation(tx)
	if err != nil {
		return err
	}
	return tx.Table(selfTable).Put(renewedKey, binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, n), last))
}

// Renewed tells how the device goes on since it was restored last.
func Renewed(tx *journal.Tx) (r Renewal, err error) {
	if r.Incarnation, err = incarnation(tx); err != nil {
		return r, err
	}
	raw, err := tx.Table(selfTable).Get(renewedKey)
	if err != nil || len(raw) != 12 {
		return r, err
	}
	r.Begun, r.Kept = binary.BigEndian.Uint32(raw), binary.BigEndian.Uint64(raw[4:])
	return r, nil
}
