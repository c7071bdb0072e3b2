package custody

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/system"
)

// Names of the tables in the journal's file.
const (
	wordsTable   = "custody.words"   // kind 0 record 0 word's id -> number, epoch, from, to, at, day, transfer
	forwardTable = "custody.forward" // stream 0 place, unit it is said to -> stream 0 place of the entry, author
)

func recordKey(kind string, id change.RecordID) []byte {
	return append(append(append([]byte(kind), 0), id...), 0)
}

// Of is whose a record is; its id must name its maker.
func Of(tx *journal.Tx, kind string, id change.RecordID) (Holding, error) {
	maker, _ := id.Maker()
	words, err := Words(tx, kind, id)
	return InForce(maker, words), err
}

// Words are the city's words on a record that stand, in no order.
func Words(tx *journal.Tx, kind string, id change.RecordID) (words []system.Custody, err error) {
	prefix := recordKey(kind, id)
	err = tx.Table(wordsTable).Ascend(prefix, prefix, func(_, raw []byte) error {
		w, ok := parseWord(raw)
		if !ok {
			return fault.New(fault.Damaged, "a custody word is not in form")
		}
		w.Kind, w.Record = kind, id
		words = append(words, w)
		return nil
	})
	return words, err
}

// Any reports whether any record has ever been given to another unit: nearly always
// none has, and nothing else need be asked.
func Any(tx *journal.Tx) (found bool, err error) {
	err = tx.Table(wordsTable).Ascend(nil, nil, func(_, _ []byte) error {
		found = true
		return journal.ErrStop
	})
	return found, err
}

// EachMoved calls fn for the records that there are words about, each once.
func EachMoved(tx *journal.Tx, fn func(kind string, id change.RecordID)) error {
	last := ""
	return tx.Table(wordsTable).Ascend(nil, nil, func(key, _ []byte) error {
		kind, rest, _ := strings.Cut(string(key), "\x00")
		id, _, named := strings.Cut(rest, "\x00")
		if name := kind + "\x00" + id; named && name != last {
			last = name
			fn(kind, change.RecordID(id))
		}
		return nil
	})
}

// Put brings in what a word says; Drop takes it out, for one that is void.
func Put(tx *journal.Tx, w system.Custody) error {
	raw := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, w.Number), w.Epoch)
	raw = append(raw, strings.Join([]string{string(w.From), string(w.To), string(w.At), w.Day, string(w.Transfer)}, " ")...)
	return tx.Table(wordsTable).Put(append(recordKey(w.Kind, w.Record), w.ID()...), raw)
}

// Drop is the inverse of Put.
func Drop(tx *journal.Tx, w system.Custody) error {
	return tx.Table(wordsTable).Delete(append(recordKey(w.Kind, w.Record), w.ID()...))
}

func parseWord(raw []byte) (w system.Custody, ok bool) {
	if len(raw) < 16 {
		return w, false
	}
	parts := strings.Split(string(raw[16:]), " ")
	if len(parts) != 5 {
		return w, false
	}
	return system.Custody{Transfer: change.RecordID(parts[4]), Number: binary.BigEndian.Uint64(raw), Epoch: binary.BigEndian.Uint64(raw[8:]),
		From: change.UnitID(parts[0]), To: change.UnitID(parts[1]), At: change.UnitID(parts[2]), Day: parts[3]}, true
}

// Clear forgets all words and entries, before a rebuild from the journal.
func Clear(tx *journal.Tx) error {
	for _, name := range []string{wordsTable, forwardTable, heirsTable} {
		table := tx.Table(name)
		if err := table.Ascend(nil, nil, func(key, _ []byte) error { return table.Delete(key) }); err != nil {
			return err
		}
	}
	return nil
}

// placeKey is a place of a stream, before which no other sorts that begins so.
func placeKey(in change.Stream, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(in.String()), 0), seq)
}

// entry is where the city says a change again.
type entry struct {
	stream change.Stream // its own
	seq    uint64
	author change.UnitID // of the change
}

// PutForward notes that the city says a change again, in an entry that stands at a
// place of its own stream.
func PutForward(tx *journal.Tx, f *change.Forward, in change.Stream, seq uint64) error {
	raw := append(placeKey(in, seq), f.Author...)
	return tx.Table(forwardTable).Put(append(placeKey(f.Stream, f.Seq), f.To...), raw)
}

// eachForward calls fn for the entries that say the change at a place again.
func eachForward(tx *journal.Tx, in change.Stream, seq uint64, fn func(to change.UnitID, e entry) error) error {
	prefix := placeKey(in, seq)
	return tx.Table(forwardTable).Ascend(prefix, prefix, func(key, raw []byte) error {
		name, rest, ok := bytes.Cut(raw, []byte{0})
		if !ok || len(rest) < 8 {
			return fault.New(fault.Damaged, "a forwarded change has no place")
		}
		own, err := change.ParseStream(string(name))
		if err != nil {
			return fault.As(fault.Damaged, "read where a change is forwarded", err)
		}
		return fn(change.UnitID(key[len(prefix):]), entry{stream: own, seq: binary.BigEndian.Uint64(rest), author: change.UnitID(rest[8:])})
	})
}

// Forwarded reports whether the city has said the change at a place again to the unit.
func Forwarded(tx *journal.Tx, in change.Stream, seq uint64, to change.UnitID) (bool, error) {
	raw, err := tx.Table(forwardTable).Get(append(placeKey(in, seq), to...))
	return raw != nil, err
}

// Change is the encoded change at a place: of the stream itself, or where that is not
// here, as the city says it again. It returns NotFound, and Damaged.
func Change(tx *journal.Tx, in change.Stream, seq uint64) ([]byte, error) {
	raw, err := tx.Change(in, seq)
	if fault.Of(err) != fault.NotFound {
		return raw, err
	}
	f, found, failed := forwardOf(tx, in, seq)
	switch {
	case failed != nil:
		return nil, failed
	case !found:
		return nil, err
	}
	return f.Raw, nil
}

func forwardOf(tx *journal.Tx, in change.Stream, seq uint64) (f change.Forward, found bool, err error) {
	err = eachForward(tx, in, seq, func(_ change.UnitID, e entry) error {
		raw, err := tx.Change(e.stream, e.seq)
		if err != nil {
			return err
		}
		c, err := change.Decode(raw)
		if err != nil {
			return err
		}
		if f, found = change.ForwardIn(c); found {
			return journal.ErrStop
		}
		return nil
	})
	return f, found, err
}

// Author is the unit whose device made the change at a place, "" for one that is not
// here, and whether its stream is here as the device wrote it.
func Author(tx *journal.Tx, in change.Stream, seq uint64) (author change.UnitID, here bool, err error) {
	info, found, err := tx.Stream(in)
	if err != nil || found {
		return info.Author, found && seq <= info.Head, err
	}
	err = eachForward(tx, in, seq, func(_ change.UnitID, e entry) error {
		author = e.author
		return journal.ErrStop
	})
	return author, false, err
}

// Counts reports whether the change at a place counts for a record that has moved.
func Counts(tx *journal.Tx, h Holding, author change.UnitID, in change.Stream, seq uint64, city change.UnitID) (bool, error) {
	_, here, err := Author(tx, in, seq)
	if err != nil {
		return false, err
	}
	heirs, failed := HeirsOf(tx, h.Unit, h.At)
	counts := h.Counts(Written{Author: author, Audience: in.Audience, Here: here, Forwarded: func(to change.UnitID) bool {
		said, err := Forwarded(tx, in, seq, to)
		failed = errors.Join(failed, err)
		return said
	}}, heirs, city)
	return counts, failed
}
