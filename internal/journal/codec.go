package journal

import (
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// Sizes of the fixed forms, in bytes. All numbers are big-endian, so that
// keys sort as their numbers do.
const (
	idSize      = 16
	streamSize  = idSize + 4 + idSize
	markSize    = 8 + 32
	rowSize     = 4 + 1 + idSize + 2*markSize
	placeSize   = 4 + 8
	headSize    = 8 + 8 + 32
	storedHead  = headSize + sealSize
	arrivalSize = 4 + 8 + 8 + 8 + idSize
)

const flagParked = 1

// row is the stored state of a stream.
type row struct {
	number uint32 // local name of the stream, short for keys
	parked bool
	author change.UnitID
	base   change.Mark
	sealed change.Mark
}

// head stands before a batch's bytes, so that its place in the chain is read
// without reading the batch.
type head struct {
	arrival uint64
	last    uint64
	hash    change.Hash
}

// end is the mark of the stream at the end of the batch.
func (h head) end() change.Mark { return change.Mark{Seq: h.last, Hash: h.hash} }

// streamKey is the stream's key; keys sort as Stream.Compare does.
func streamKey(s change.Stream) []byte {
	key := make([]byte, 0, streamSize)
	key = append(key, s.Device...)
	key = binary.BigEndian.AppendUint32(key, s.Incarnation)
	return append(key, s.Audience...)
}

func parseStreamKey(key []byte) (change.Stream, error) {
	if len(key) != streamSize {
		return change.Stream{}, fault.New(fault.Damaged, "a stream's key has %d bytes", len(key))
	}
	s := change.Stream{
		Device:      change.DeviceID(key[:idSize]),
		Incarnation: binary.BigEndian.Uint32(key[idSize:]),
		Audience:    change.UnitID(key[idSize+4:]),
	}
	if err := s.Validate(); err != nil {
		return change.Stream{}, fault.As(fault.Damaged, "read a stream's key", err)
	}
	return s, nil
}

func numberKey(number uint32) []byte { return binary.BigEndian.AppendUint32(nil, number) }

func countKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// placeKey is the key of a batch by its first sequence, of a change by its
// own.
func placeKey(number uint32, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(numberKey(number), seq)
}

func parsePlace(key []byte) (number uint32, seq uint64, err error) {
	if len(key) < placeSize {
		return 0, 0, fault.New(fault.Damaged, "a key of the log has %d bytes", len(key))
	}
	return binary.BigEndian.Uint32(key), binary.BigEndian.Uint64(key[4:]), nil
}

func parseCount(plain []byte) (uint64, error) {
	if len(plain) != 8 {
		return 0, fault.New(fault.Damaged, "a stored number has %d bytes", len(plain))
	}
	return binary.BigEndian.Uint64(plain), nil
}

func (r *row) encode() []byte {
	out := make([]byte, 0, rowSize)
	out = binary.BigEndian.AppendUint32(out, r.number)
	var flags byte
	if r.parked {
		flags = flagParked
	}
	out = append(append(out, flags), r.author...)
	return appendMark(appendMark(out, r.base), r.sealed)
}

func parseRow(plain []byte) (*row, error) {
	if len(plain) != rowSize || plain[4]&^flagParked != 0 {
		return nil, fault.New(fault.Damaged, "a stream's state of %d bytes is malformed", len(plain))
	}
	r := &row{number: binary.BigEndian.Uint32(plain), parked: plain[4] == flagParked,
		author: change.UnitID(plain[5 : 5+idSize])}
	marks := plain[5+idSize:]
	r.base, r.sealed = readMark(marks), readMark(marks[markSize:])
	if err := r.author.Validate(); err != nil || r.base.Seq > r.sealed.Seq {
		return nil, fault.New(fault.Damaged, "a stream's state contradicts itself")
	}
	return r, nil
}

func appendMark(out []byte, m change.Mark) []byte {
	return append(binary.BigEndian.AppendUint64(out, m.Seq), m.Hash[:]...)
}

func readMark(in []byte) change.Mark {
	return change.Mark{Seq: binary.BigEndian.Uint64(in), Hash: change.Hash(in[8:markSize])}
}

func (h head) encode() []byte {
	plain := make([]byte, 0, headSize)
	plain = binary.BigEndian.AppendUint64(plain, h.arrival)
	plain = binary.BigEndian.AppendUint64(plain, h.last)
	return append(plain, h.hash[:]...)
}

func parseHead(plain []byte) (head, error) {
	if len(plain) != headSize {
		return head{}, fault.New(fault.Damaged, "a batch's head has %d bytes", len(plain))
	}
	return head{arrival: binary.BigEndian.Uint64(plain), last: binary.BigEndian.Uint64(plain[8:]),
		hash: change.Hash(plain[16:])}, nil
}

// entry is the stored form of an Arrival.
type entry struct {
	number      uint32
	first, last uint64
	at          int64
	author      change.UnitID
}

func (e *entry) encode() []byte {
	out := make([]byte, 0, arrivalSize)
	out = binary.BigEndian.AppendUint32(out, e.number)
	out = binary.BigEndian.AppendUint64(out, e.first)
	out = binary.BigEndian.AppendUint64(out, e.last)
	out = binary.BigEndian.AppendUint64(out, uint64(e.at))
	return append(out, e.author...)
}

func parseEntry(plain []byte) (*entry, error) {
	if len(plain) != arrivalSize {
		return nil, fault.New(fault.Damaged, "an arrival has %d bytes", len(plain))
	}
	e := &entry{number: binary.BigEndian.Uint32(plain), first: binary.BigEndian.Uint64(plain[4:]),
		last: binary.BigEndian.Uint64(plain[12:]), at: int64(binary.BigEndian.Uint64(plain[20:])),
		author: change.UnitID(plain[28:])}
	if err := e.author.Validate(); err != nil || e.first == 0 || e.last < e.first {
		return nil, fault.New(fault.Damaged, "an arrival contradicts itself")
	}
	return e, nil
}
