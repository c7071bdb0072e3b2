package change

import (
	"encoding/binary"
	"sync"

	"tongbu/internal/change/columns"
	"tongbu/internal/fault"
)

// Forms of a payload from version 3 on; its first byte says which.
const (
	formRows    = 0 // compressed as in version 2
	formColumns = 1 // how many bytes of bits, the bits, and the compressed rest
)

// packPayload makes the payload of a batch; size is the list of its changes before
// compression, in bytes, whatever form the payload has.
func packPayload(version uint8, changes [][]byte) (payload []byte, size int, err error) {
	plain, err := plainOf(changes)
	if err != nil {
		return nil, 0, err
	}
	switch version {
	case BatchRows:
		return sealing.compress(plain), len(plain), nil
	case BatchColumns:
		return packSmaller(plain, changes), len(plain), nil
	}
	return nil, 0, fault.New(fault.Invalid, "nobody seals batches of version %d", version)
}

// packSmaller makes both forms and returns the smaller one. Rows are not tried when
// columns are far below what zstd makes of rows.
func packSmaller(plain []byte, changes [][]byte) []byte {
	f, ok := columns.Encode(changes)
	if !ok || len(f.Plain) > len(plain) {
		return append([]byte{formRows}, sealing.compress(plain)...)
	}
	byColumn := packColumns(f)
	const rowsAtBest = 8 // times smaller after compression
	if len(byColumn) < len(plain)/rowsAtBest {
		return byColumn
	}
	if rows := sealing.compress(plain); len(rows) < len(byColumn) {
		return append([]byte{formRows}, rows...)
	}
	return byColumn
}

func packColumns(f columns.Form) []byte {
	payload := binary.AppendUvarint([]byte{formColumns}, uint64(len(f.Bits)))
	return append(append(payload, f.Bits...), columnar.compress(f.Plain)...)
}

// plainOf is the list of changes before compression.
func plainOf(changes [][]byte) ([]byte, error) {
	plain, err := encMode.Marshal(changes)
	if err != nil {
		return nil, fault.As(fault.Invalid, "seal a batch", err)
	}
	if len(changes) == 0 || len(changes) > MaxBatchChanges || len(plain) > MaxPayload {
		return nil, fault.New(fault.Invalid, "a batch of %d changes and %d bytes is out of limits", len(changes), len(plain))
	}
	return plain, nil
}

// unpackPayload returns the changes of a payload; not ok when it is not one.
func unpackPayload(h *Header, payload []byte) (changes [][]byte, ok bool, err error) {
	if h.Version >= BatchColumns {
		if len(payload) > 0 && payload[0] == formColumns {
			return unpackColumns(h, payload[1:])
		}
		if len(payload) == 0 || payload[0] != formRows {
			return nil, false, nil
		}
		payload = payload[1:]
	}
	plain, err := decompress(payload, h.Size)
	if err != nil {
		return nil, false, err
	}
	changes, ok = readPayload(plain, int(h.Count))
	return changes, ok, nil
}

func unpackColumns(h *Header, payload []byte) (changes [][]byte, ok bool, err error) {
	bits, n := binary.Uvarint(payload)
	if n <= 0 || bits > uint64(len(payload)-n) {
		return nil, false, nil
	}
	payload = payload[n:]
	room := plains.Get().(*[]byte)
	defer plains.Put(room)
	if *room, err = decoder().DecodeAll(payload[bits:], (*room)[:0]); err != nil {
		return nil, false, fault.As(fault.Damaged, "decompress a batch", err)
	}
	if len(*room) > int(h.Size) {
		return nil, false, nil
	}
	changes, ok = columns.Decode(columns.Form{Plain: *room, Bits: payload[:bits]}, int(h.Count), int(h.Size))
	return changes, ok, nil
}

// plains are buffers for what is put together into changes: nothing of it is kept.
var plains = sync.Pool{New: func() any { return new([]byte) }}
