package audit

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"os"

	"tongbu/internal/journal"
)

// Stored is a record of a file as tests change it.
type Stored struct {
	No      uint64
	Content []byte // hash and JSON
	Off     int64
	End     int64
}

// ReadRecords reads the records of a file that are in order.
func ReadRecords(path string, key [32]byte) (all []Stored, err error) {
	aead, err := newCipher(key)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	w := newWalker(file, aead, int64(headerSize), int64(len(raw)))
	for {
		r, err := w.next()
		if err != nil {
			return all, nil // the end
		}
		all = append(all, Stored{No: r.no, Content: r.content, Off: r.off, End: w.off})
	}
}

// WriteRecords makes a file as somebody would who has the key.
func WriteRecords(path string, key [32]byte, all []Stored) error {
	aead, err := newCipher(key)
	if err != nil {
		return err
	}
	file := header()
	for _, r := range all {
		b := &batch{aead: aead}
		b.add(entryRecord, r.No, r.Content)
		file = append(file, b.buf...)
	}
	return os.WriteFile(path, file, 0o600)
}

// AppendTable writes an entry as programs before the file did.
func AppendTable(tx *journal.Tx, e Entry) (Head, error) {
	last := Head{}
	key, stored, err := tx.Table(logTable).Last()
	if err != nil {
		return last, err
	}
	if key != nil {
		r := record{frame: frame{kind: entryRecord, no: binary.BigEndian.Uint64(key)}, content: stored}
		if last, err = r.head(); err != nil {
			return last, err
		}
	}
	e.cleanTexts()
	e.No = last.No + 1
	raw, err := json.Marshal(e)
	if err != nil {
		return last, err
	}
	hash := chainHash(last.Hash, raw)
	return Head{No: e.No, Hash: hash, At: e.At}, tx.Table(logTable).Put(numberKey(e.No), append(hash[:], raw...))
}

// TableLeft counts the entries in the journal's table.
func TableLeft(s *journal.Store) (n int, err error) {
	err = s.View(func(tx *journal.Tx) error {
		return tx.Table(logTable).Ascend(nil, nil, func([]byte, []byte) error {
			n++
			return nil
		})
	})
	return n, err
}

// DropOfTable removes the first entries of the table, as a move that was cut short.
func DropOfTable(tx *journal.Tx, n uint64) error {
	for no := uint64(1); no <= n; no++ {
		if err := tx.Table(logTable).Delete(numberKey(no)); err != nil {
			return err
		}
	}
	return nil
}

// Waiting is how many entries wait for their turn.
func (l *Log) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// HeaderOf is the header of a file of some version.
func HeaderOf(version uint32) []byte {
	h := binary.BigEndian.AppendUint32([]byte(magic), version)
	return binary.BigEndian.AppendUint32(h, crc32.Checksum(h, castagnoli))
}
