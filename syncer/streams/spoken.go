package streams

import (
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// A receipt says that the city has recorded a stream, words of the city what of it
// has no effect. Both come down by the same links, and a line may be cut between
// them: a receipt counts as reached here only when the words that it tells of are
// here too.

// reachedTable is stream -> epoch, sequence of the receipt before the newest that
// was reached: what was shown as recorded stays so while a newer receipt waits for
// the city's words.
const reachedTable = "streams.reached"

// spokenTo is how far the city has spoken to the unit of the stream's author, for a
// receipt that says so. Of a stream that is not here it says nothing.
func (w *Writer) spokenTo(of change.Stream) (change.Spoken, error) {
	marked, err := w.streams.cfg.Marked(w.Tx)
	if err != nil || !marked {
		return change.Spoken{}, err
	}
	info, ok, err := w.Stream(of)
	if err != nil || !ok {
		return change.Spoken{}, err
	}
	n, err := w.Incarnation()
	if err != nil {
		return change.Spoken{}, err
	}
	own := change.Stream{Device: w.streams.cfg.Self.Device, Incarnation: n, Audience: info.Author}
	said, _, err := w.Stream(own)
	return change.Spoken{Stream: own, Seq: said.Head}, err
}

// reached reports whether the words are here that the receipt tells of.
func reached(tx *journal.Tx, r *change.SignedReceipt) (bool, error) {
	if r.Spoken.Seq == 0 {
		return true, nil
	}
	words, _, err := tx.Stream(r.Spoken.Stream)
	return words.Sealed.Seq >= r.Spoken.Seq, err
}

// keepReached notes how far a stream of the device was recorded here, before a newer
// receipt, which may have to wait for words, replaces the one that is held.
func keepReached(tx *journal.Tx, of change.Stream) error {
	held, err := tx.Receipt(of)
	if err != nil || held == nil {
		return err
	}
	if ok, err := reached(tx, held); err != nil || !ok {
		return err
	}
	value := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, held.Epoch), held.Seq)
	return tx.Table(reachedTable).Put([]byte(of.String()), value)
}

// reachedBefore is the sequence of the last receipt of the same epoch that was
// reached before a newer one came, 0 when there was none.
func reachedBefore(tx *journal.Tx, newest *change.SignedReceipt) (uint64, error) {
	raw, err := tx.Table(reachedTable).Get([]byte(newest.Stream.String()))
	if err != nil || len(raw) != 16 || binary.BigEndian.Uint64(raw) != newest.Epoch {
		return 0, err
	}
	return min(binary.BigEndian.Uint64(raw[8:]), newest.Seq), nil
}
