package streamstest

import (
	"encoding/binary"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// NoteOld writes the notes by which streams are cut as if all that receipts cover now
// had been recorded at a time, by both clocks.
func NoteOld(tx *journal.Tx, at time.Time) error {
	var receipts []*change.SignedReceipt
	err := tx.Receipts(func(r *change.SignedReceipt) error {
		receipts = append(receipts, r)
		return nil
	})
	for _, r := range receipts {
		note := binary.BigEndian.AppendUint64(nil, r.Epoch)
		note = append(binary.BigEndian.AppendUint64(note, r.Seq), r.Hash[:]...)
		for range 2 {
			note = binary.BigEndian.AppendUint64(note, uint64(at.UnixMilli()))
		}
		if err == nil {
			err = tx.Table("streams.cut").Put([]byte(r.Stream.String()), note)
		}
	}
	return err
}
