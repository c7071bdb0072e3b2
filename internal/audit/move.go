package audit

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
)

// logTable is where programs before the file had the log: number -> hash of the entry,
// entry in JSON.
const logTable = "audit.log"

// perMove bounds the entries that one transaction reads or removes.
const perMove = 1000

// moveTable moves what a program of before has written into the file, and empties the
// table once the file holds the table's last entry.
func (l *Log) moveTable(ctx context.Context, store *journal.Store) error {
	last, err := lastOfTable(store)
	if err != nil || last == nil {
		return err
	}
	if l.file == nil {
		err = durable.Save(l.path, true, func(w io.Writer) error { return l.copyTable(ctx, w, store) })
		if err == nil {
			err = l.openFile()
		}
	}
	if err != nil {
		return err
	}
	moved, err := l.holds(last)
	if err != nil {
		return err
	}
	if !moved {
		l.state.Problems = append(l.state.Problems, fault.New(fault.Damaged, "the journal holds another audit log than the file, up to entry %d", last.no))
		return nil
	}
	return emptyTable(ctx, store)
}

// lastOfTable is the table's last entry, nil when it is empty.
func lastOfTable(store *journal.Store) (last *tableEntry, err error) {
	err = store.View(func(tx *journal.Tx) error {
		key, stored, err := tx.Table(logTable).Last()
		if err == nil && key != nil {
			last, err = newTableEntry(key, stored)
		}
		return err
	})
	return last, err
}

// holds reports whether the file has an entry of the table.
func (l *Log) holds(e *tableEntry) (bool, error) {
	info, err := l.file.Stat()
	if err != nil {
		return false, err
	}
	for w := newWalker(l.file, l.aead, int64(headerSize), info.Size()); ; {
		r, err := l.nextFrom(w, e.no)
		more := true
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case isDamage(err):
			more, err = passDamage(w, err)
		case err == nil && r.kind == entryRecord && r.no >= e.no:
			return r.no == e.no && bytes.Equal(r.content, e.content), nil
		}
		if err != nil || !more {
			return false, err
		}
	}
}

// copyTable writes a file of the table's entries. Each is a write of its own: all are
// on the disk before the file has its name, so what is not in order later is damage.
func (l *Log) copyTable(ctx context.Context, w io.Writer, store *journal.Store) error {
	if _, err := w.Write(header()); err != nil {
		return err
	}
	for from := uint64(0); ; {
		entries, err := tableEntries(store, from, perMove)
		if err != nil || len(entries) == 0 {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var chunk []byte
		for _, e := range entries {
			b := &batch{aead: l.aead}
			b.add(entryRecord, e.no, e.content)
			chunk = append(chunk, b.buf...)
		}
		if _, err := w.Write(chunk); err != nil {
			return err
		}
		from = entries[len(entries)-1].no + 1
	}
}

type tableEntry struct {
	no      uint64
	content []byte // as in a record
}

func newTableEntry(key, stored []byte) (*tableEntry, error) {
	if len(key) != 8 {
		return nil, unreadable()
	}
	if len(stored) < hashSize { // verify says so of the entry
		stored = append(stored, make([]byte, hashSize-len(stored))...)
	}
	return &tableEntry{no: binary.BigEndian.Uint64(key), content: stored}, nil
}

// tableEntries reads at most n entries from a number on.
func tableEntries(store *journal.Store, from uint64, n int) (entries []tableEntry, err error) {
	err = store.View(func(tx *journal.Tx) error {
		return tx.Table(logTable).Ascend(numberKey(from), nil, func(key, stored []byte) error {
			e, err := newTableEntry(key, stored)
			if err != nil {
				return err
			}
			entries = append(entries, *e)
			if len(entries) == n {
				return journal.ErrStop
			}
			return nil
		})
	})
	return entries, err
}

// emptyTable removes the entries, a bounded number at a time.
func emptyTable(ctx context.Context, store *journal.Store) error {
	for more := true; more; {
		err := store.Update(ctx, func(tx *journal.Tx) error {
			var keys [][]byte
			err := tx.Table(logTable).Ascend(nil, nil, func(key, _ []byte) error {
				keys = append(keys, key)
				if len(keys) == perMove {
					return journal.ErrStop
				}
				return nil
			})
			more = len(keys) > 0
			for _, key := range keys {
				if err == nil {
					err = tx.Table(logTable).Delete(key)
				}
			}
			return err
		})
		if err != nil {
			return fault.Wrap("empty the table", err)
		}
	}
	return nil
}

func numberKey(no uint64) []byte { return binary.BigEndian.AppendUint64(nil, no) }
