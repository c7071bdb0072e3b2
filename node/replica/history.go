package replica

import (
	"encoding/binary"

	"tongbu/internal/journal"
)

// historyTable counts how often a stream's history was replaced. The count is in
// the file, so that a copy of the journal that missed one is recognised as old
// after a crash as well.
const historyTable = "station.history"

var historyKey = []byte("count")

func countHistory(tx *journal.Tx) error {
	n, err := historyCount(tx)
	if err != nil {
		return err
	}
	return tx.Table(historyTable).Put(historyKey, binary.BigEndian.AppendUint64(nil, n+1))
}

func historyCount(tx *journal.Tx) (uint64, error) {
	raw, err := tx.Table(historyTable).Get(historyKey)
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}
