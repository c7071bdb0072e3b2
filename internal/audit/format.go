package audit

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// The layout of the file; DESIGN.md has it byte by byte.
const (
	magic         = "tongbu audit log"
	formatVersion = 1
	headerSize    = len(magic) + 4 + 4

	recordStart = 0xa7
	recordEnd   = 0x5b
	frameSize   = 1 + 1 + 4 + 8 + 4 + 4 // before what is sealed
	sealSize    = 12 + 16               // nonce and tag
	hashSize    = len(change.Hash{})
	maxContent  = 4 << 20 // bytes: an entry, as large as the journal's tables took them
)

// The kinds of record.
const (
	entryRecord = 'e'
	baseRecord  = 'b' // the log goes on behind a number: what was before it is lost
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is how every file begins.
func header() []byte {
	h := binary.BigEndian.AppendUint32([]byte(magic), formatVersion)
	return binary.BigEndian.AppendUint32(h, crc32.Checksum(h, castagnoli))
}

// checkHeader returns Unsupported for a later version, Damaged for anything else
// that is not the header of this one.
func checkHeader(h []byte) error {
	if bytes.Equal(h, header()) {
		return nil
	}
	sum := len(h) - 4
	if len(h) == headerSize && string(h[:len(magic)]) == magic && binary.BigEndian.Uint32(h[sum:]) == crc32.Checksum(h[:sum], castagnoli) {
		return fault.New(fault.Unsupported, "the audit log has format %d, this program reads %d", binary.BigEndian.Uint32(h[len(magic):]), formatVersion).
			WithHint("update this program")
	}
	return fault.New(fault.Damaged, "the header of the audit log is not what was written")
}

// frame is what stands before the sealed part of a record.
type frame struct {
	kind byte
	back uint32 // bytes from the beginning of its write
	no   uint64
	size uint32 // of the sealed part
}

// end is how many bytes the record takes.
func (f frame) end() int64 { return frameSize + int64(f.size) + 1 }

func (f frame) append(dst []byte) []byte {
	at := len(dst)
	dst = append(dst, recordStart, f.kind)
	dst = binary.BigEndian.AppendUint32(dst, f.back)
	dst = binary.BigEndian.AppendUint64(dst, f.no)
	dst = binary.BigEndian.AppendUint32(dst, f.size)
	return binary.BigEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

// parseFrame reports whether raw, of frameSize bytes, is a frame.
func parseFrame(raw []byte) (f frame, ok bool) {
	sum := frameSize - 4
	if raw[0] != recordStart || binary.BigEndian.Uint32(raw[sum:]) != crc32.Checksum(raw[:sum], castagnoli) {
		return f, false
	}
	f = frame{kind: raw[1], back: binary.BigEndian.Uint32(raw[2:]), no: binary.BigEndian.Uint64(raw[6:]), size: binary.BigEndian.Uint32(raw[14:])}
	return f, f.size >= sealSize+uint32(hashSize) && f.size <= sealSize+maxContent
}

// newCipher makes the cipher of a log.
func newCipher(key [32]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fault.As(fault.Internal, "make the cipher of the audit log", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fault.As(fault.Internal, "make the cipher of the audit log", err)
	}
	return aead, nil
}

// batch is the bytes of one write.
type batch struct {
	aead cipher.AEAD
	buf  []byte
}

// add appends a record and returns where in the write it begins.
func (b *batch) add(kind byte, no uint64, content []byte) (at int64) {
	at = int64(len(b.buf))
	b.buf = frame{kind: kind, back: uint32(at), no: no, size: uint32(sealSize + len(content))}.append(b.buf)
	b.buf = b.aead.Seal(b.buf, nil, content, b.buf[at:])
	b.buf = append(b.buf, recordEnd)
	return at
}

// addEntry appends an entry with its number behind a head.
func (b *batch) addEntry(e Entry, last Head) (Mark, error) {
	e.No = last.No + 1
	raw, err := json.Marshal(e)
	if err != nil {
		return Mark{}, fault.As(fault.Internal, "write the audit log", err)
	}
	if len(raw) > maxContent-hashSize {
		return Mark{}, fault.New(fault.Invalid, "an entry of the audit log has %d bytes, more than it may", len(raw))
	}
	hash := chainHash(last.Hash, raw)
	at := b.add(entryRecord, e.No, append(hash[:], raw...))
	return Mark{Head: Head{No: e.No, Hash: hash, At: e.At}, off: at}, nil
}

// addBase appends the record behind which the log goes on.
func (b *batch) addBase(h Head) {
	b.add(baseRecord, h.No, binary.BigEndian.AppendUint64(h.Hash[:], uint64(h.At)))
}

// record is one that was read.
type record struct {
	frame
	off     int64
	content []byte
}

// hash of an entry, or from which the log goes on.
func (r *record) hash() change.Hash { return change.Hash(r.content[:hashSize]) }

// entry reads an entry's JSON. It returns Damaged.
func (r *record) entry() (e Entry, err error) {
	if json.Unmarshal(r.content[hashSize:], &e) != nil || e.No != r.no {
		return e, unreadable()
	}
	return e, nil
}

// head is that of the log behind the record. It returns Damaged.
func (r *record) head() (Head, error) {
	if r.kind == baseRecord {
		if len(r.content) != hashSize+8 {
			return Head{}, unreadable()
		}
		return Head{No: r.no, Hash: r.hash(), At: int64(binary.BigEndian.Uint64(r.content[hashSize:]))}, nil
	}
	e, err := r.entry()
	return Head{No: r.no, Hash: r.hash(), At: e.At}, err
}

func unreadable() error { return fault.New(fault.Damaged, "an entry of the audit log cannot be read") }
