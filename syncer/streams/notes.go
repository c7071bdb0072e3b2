package streams

import (
	"context"
	"encoding/binary"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/journal"
)

// cutTable is stream -> notes of how far the city had recorded it.
const cutTable = "streams.cut"

// note says that the city had recorded a stream up to a mark.
type note struct {
	epoch      uint64
	mark       change.Mark
	city, here int64 // when, by the receipt and by the clock here, Unix milliseconds
}

const (
	noteSize = 8 + 8 + 32 + 8 + 8
	maxNotes = 100
	// notesWithin is how many notes the retention is divided by at most.
	notesWithin = 32
)

// noteRecorded notes how far the city has recorded each stream now.
func (c *Streams) noteRecorded(ctx context.Context, keep time.Duration) error {
	return c.update(ctx, func(tx *journal.Tx) error {
		return tx.Streams(func(info journal.StreamInfo) error {
			n, err := c.noteOf(tx, info)
			if err != nil || n.mark.Seq == 0 {
				return err
			}
			notes, err := readNotes(tx, info.Stream)
			if err != nil || !n.adds(notes, keep) {
				return err
			}
			return putNotes(tx, info.Stream, append(notes, n))
		})
	})
}

// noteOf is what can be noted of a stream now; the zero note: nothing.
func (c *Streams) noteOf(tx *journal.Tx, info journal.StreamInfo) (n note, err error) {
	if info.Author == c.cfg.Root {
		return n, nil
	}
	signed, err := recorded(tx, info)
	if err != nil || signed == 0 {
		return n, err
	}
	seq, err := settled(tx, info.Stream, signed)
	if err != nil || seq == 0 {
		return n, err
	}
	ends, err := tx.Boundaries(info.Stream, seq+1, 1)
	if err != nil || len(ends) == 0 {
		return n, err
	}
	receipt, err := tx.Receipt(info.Stream)
	if err != nil || receipt == nil {
		return n, err
	}
	return note{epoch: receipt.Epoch, mark: ends[0], city: receipt.At, here: c.cfg.Now().UnixMilli()}, nil
}

// adds reports whether the note says more than those before it, and is not too near to
// the last.
func (n note) adds(notes []note, keep time.Duration) bool {
	if len(notes) == 0 {
		return true
	}
	last := notes[len(notes)-1]
	since := n.here - last.here
	return n.epoch != last.epoch || n.mark != last.mark && (since < 0 || since >= keep.Milliseconds()/notesWithin)
}

func readNotes(tx *journal.Tx, of change.Stream) (notes []note, err error) {
	raw, err := tx.Table(cutTable).Get([]byte(of.String()))
	if err != nil {
		return nil, err
	}
	for ; len(raw) >= noteSize; raw = raw[noteSize:] {
		u := func(at int) uint64 { return binary.BigEndian.Uint64(raw[at:]) }
		notes = append(notes, note{epoch: u(0), mark: change.Mark{Seq: u(8), Hash: change.Hash(raw[16:48])}, city: int64(u(48)), here: int64(u(56))})
	}
	return notes, nil
}

// putNotes stores the newest notes.
func putNotes(tx *journal.Tx, of change.Stream, notes []note) error {
	var raw []byte
	for _, n := range notes[max(0, len(notes)-maxNotes):] {
		raw = binary.BigEndian.AppendUint64(raw, n.epoch)
		raw = binary.BigEndian.AppendUint64(raw, n.mark.Seq)
		raw = append(raw, n.mark.Hash[:]...)
		raw = binary.BigEndian.AppendUint64(raw, uint64(n.city))
		raw = binary.BigEndian.AppendUint64(raw, uint64(n.here))
	}
	return tx.Table(cutTable).Put([]byte(of.String()), raw)
}
