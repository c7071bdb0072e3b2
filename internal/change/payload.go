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
func packPayload(version uint8, in Stream, now int64, changes [][]byte) (payload []byte, size int, err error) {
	plain, err := plainOf(changes)
	if err != nil {
		return nil, 0, err
	}
	switch version {
	case BatchRows:
		return encoding().rows.EncodeAll(plain, nil), len(plain), nil
	case BatchColumns:
		return packSmaller(baseOf(in, now), plain, changes), len(plain), nil
	}
	return nil, 0, fault.New(fault.Invalid, "nobody seals batches of version %d", version)
}

// packSmaller makes both forms and returns the smaller one. Rows are not tried when
// columns are far below what zstd makes of rows.
func packSmaller(base columns.Base, plain []byte, changes [][]byte) []byte {
	f, ok := columns.Encode(base, changes)
	if !ok || len(f.Plain) > len(plain) {
		return packRows(encoding().rows.EncodeAll(plain, nil))
	}
	byColumn := packColumns(f)
	const rowsAtBest = 8 // times smaller after compression
	if len(byColumn) < len(plain)/rowsAtBest {
		return byColumn
	}
	if rows := encoding().rows.EncodeAll(plain, nil); len(rows)-len(magic)+1 < len(byColumn) {
		return packRows(rows)
	}
	return byColumn
}

// baseOf is what a reader knows of a batch by its header.
func baseOf(in Stream, sealed int64) columns.Base {
	return columns.Base{Device: string(in.Device), Audience: string(in.Audience), Incarnation: in.Incarnation, Sealed: sealed}
}

// magic is what a zstd frame begins with: nothing that need be sent.
const magic = "\x28\xb5\x2f\xfd"

func packRows(frame []byte) []byte { return append([]byte{formRows}, frame[len(magic):]...) }

func packColumns(f columns.Form) []byte {
	payload := binary.AppendUvarint([]byte{formColumns}, uint64(len(f.Bits)))
	return append(append(payload, f.Bits...), encoding().columns.EncodeAll(f.Plain, nil)[len(magic):]...)
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
	if h.Version < BatchColumns {
		return unpackRows(h, payload)
	}
	if len(payload) == 0 {
		return nil, false, nil
	}
	b := buffers.Get().(*unpacking)
	defer buffers.Put(b)
	switch form := payload[0]; form {
	case formRows:
		return unpackRows(h, b.frameOf(payload[1:]))
	case formColumns:
		return b.unpackColumns(h, payload[1:])
	}
	return nil, false, nil
}

func unpackRows(h *Header, frame []byte) (changes [][]byte, ok bool, err error) {
	plain, err := decompress(frame, h.Size)
	if err != nil {
		return nil, false, err
	}
	changes, ok = readPayload(plain, int(h.Count))
	return changes, ok, nil
}

// unpacking are buffers for what is put together into changes: nothing of it is kept.
type unpacking struct{ frame, plain []byte }

var buffers = sync.Pool{New: func() any { return new(unpacking) }}

// frameOf is the zstd frame with what it begins with.
func (b *unpacking) frameOf(rest []byte) []byte {
	b.frame = append(append(b.frame[:0], magic...), rest...)
	return b.frame
}

func (b *unpacking) unpackColumns(h *Header, payload []byte) (changes [][]byte, ok bool, err error) {
	bits, n := binary.Uvarint(payload)
	if n <= 0 || bits > uint64(len(payload)-n) {
		return nil, false, nil
	}
	payload = payload[n:]
	b.plain, err = decoders().columns.DecodeAll(b.frameOf(payload[bits:]), b.plain[:0])
	if err != nil {
		return nil, false, fault.As(fault.Damaged, "decompress a batch", err)
	}
	if len(b.plain) > int(h.Size) {
		return nil, false, nil
	}
	changes, ok = columns.Decode(baseOf(h.Stream, h.Sealed), columns.Form{Plain: b.plain, Bits: payload[:bits]}, int(h.Count), int(h.Size))
	return changes, ok, nil
}
