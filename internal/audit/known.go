package audit

import (
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// knownTable holds, in the journal's file, an entry that is known to be on the disk.
const knownTable = "audit.known"

var headKey = []byte("head")

// Mark is a head and where its record stands in the file.
type Mark struct {
	Head
	off int64
}

// Keep writes into the journal that the log has come so far. What is missing of it
// later is told at opening, and the log is read from there.
func (m Mark) Keep(tx *journal.Tx) error {
	raw := binary.BigEndian.AppendUint64(nil, m.No)
	raw = append(raw, m.Hash[:]...)
	raw = binary.BigEndian.AppendUint64(raw, uint64(m.At))
	raw = binary.BigEndian.AppendUint64(raw, uint64(m.off))
	return tx.Table(knownTable).Put(headKey, raw)
}

// Known is the mark that the journal had when the log was opened.
func (l *Log) Known() Mark { return l.known }

// readKnown reads the mark, zero when there is none.
func readKnown(store *journal.Store) (m Mark, err error) {
	err = store.View(func(tx *journal.Tx) error {
		raw, err := tx.Table(knownTable).Get(headKey)
		if err != nil || len(raw) != 8+hashSize+8+8 {
			return err
		}
		m.No, m.Hash = binary.BigEndian.Uint64(raw), change.Hash(raw[8:8+hashSize])
		m.At = int64(binary.BigEndian.Uint64(raw[8+hashSize:]))
		m.off = int64(binary.BigEndian.Uint64(raw[16+hashSize:]))
		return nil
	})
	return m, err
}
