package journal

import (
	"bytes"
	"encoding/binary"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

// pack is a run of changes of a stream whose batches were cut off, of one author
// unit. ends are where those batches ended: by them receipts, marks of peers and
// forks are judged as if the batches were here.
type pack struct {
	first  uint64
	author change.UnitID
	ends   []change.Mark
	size   int // of the changes before they are packed
	packed []byte
}

func (p *pack) last() uint64 { return p.ends[len(p.ends)-1].Seq }

func (p *pack) end() change.Mark { return p.ends[len(p.ends)-1] }

// unpack returns the encoded changes.
func (p *pack) unpack(s change.Stream) ([][]byte, error) {
	return change.UnpackChanges(s, int(p.last()-p.first)+1, p.size, p.packed)
}

// endIndex is which of the ends has a sequence; -1: none does.
func (p *pack) endIndex(seq uint64) int {
	for i, end := range p.ends {
		if end.Seq == seq {
			return i
		}
	}
	return -1
}

func (p *pack) encode() []byte {
	out := make([]byte, 0, idSize+4+len(p.ends)*(2+len(change.Hash{}))+len(p.packed))
	out = append(out, p.author...)
	out = binary.BigEndian.AppendUint32(out, uint32(p.size))
	out = binary.AppendUvarint(out, uint64(len(p.ends)))
	before := p.first - 1
	for _, end := range p.ends {
		out = binary.AppendUvarint(out, end.Seq-before)
		out = append(out, end.Hash[:]...)
		before = end.Seq
	}
	return append(out, p.packed...)
}

func parsePack(first uint64, plain []byte) (*pack, error) {
	malformed := fault.New(fault.Damaged, "kept changes of %d bytes are malformed", len(plain))
	if len(plain) < idSize+4 || first == 0 {
		return nil, malformed
	}
	p := &pack{first: first, author: change.UnitID(plain[:idSize]), size: int(binary.BigEndian.Uint32(plain[idSize:]))}
	if p.author.Validate() != nil {
		return nil, malformed
	}
	ends, rest, ok := readCount(plain[idSize+4:])
	if !ok {
		return nil, malformed
	}
	at := first - 1
	for range ends {
		var count uint64
		if count, rest, ok = readCount(rest); !ok || len(rest) < len(change.Hash{}) {
			return nil, malformed
		}
		at += count
		p.ends = append(p.ends, change.Mark{Seq: at, Hash: change.Hash(rest[:len(change.Hash{})])})
		rest = rest[len(change.Hash{}):]
	}
	p.packed = bytes.Clone(rest)
	return p, nil
}

// readCount reads a number of changes, or of batches, in its one form.
func readCount(in []byte) (n uint64, rest []byte, ok bool) {
	n, size := binary.Uvarint(in)
	if size <= 0 || size > 1 && in[size-1] == 0 || n == 0 || n > change.MaxBatchChanges {
		return 0, nil, false
	}
	return n, in[size:], true
}
