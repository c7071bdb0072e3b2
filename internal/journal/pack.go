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

// packAt returns the pack that holds a sequence, nil when none does.
func (tx *Tx) packAt(r *row, seq uint64) (*pack, error) {
	b := tx.tx.Bucket([]byte(bucketPacks))
	if b == nil || seq == 0 || seq > r.base.Seq {
		return nil, nil
	}
	k, v := lastAtMost(b.Cursor(), placeKey(r.number, seq))
	if len(k) != placeSize || !bytes.HasPrefix(k, numberKey(r.number)) {
		return nil, nil
	}
	p, err := tx.box.openPack(k, v)
	if err != nil || p.last() < seq {
		return nil, err
	}
	return p, nil
}

func (b *box) openPack(key, stored []byte) (*pack, error) {
	_, first, err := parsePlace(key)
	if err != nil {
		return nil, err
	}
	plain, err := b.open(bucketPacks, key, stored)
	if err != nil {
		return nil, fault.Wrap("read kept changes", err)
	}
	return parsePack(first, plain)
}

// putPack stores a pack of changes, after it has read back what it stores.
func (tx *Tx) putPack(s change.Stream, number uint32, p *pack, changes [][]byte) (err error) {
	if p.packed, p.size, err = change.PackChanges(s, changes); err != nil {
		return err
	}
	again, err := parsePack(p.first, p.encode())
	if err != nil {
		return err
	}
	back, err := again.unpack(s)
	if err != nil {
		return err
	}
	for i := range changes {
		if !bytes.Equal(changes[i], back[i]) {
			return fault.New(fault.Internal, "change %d of a stream is not packed as it is", p.first+uint64(i))
		}
	}
	return tx.put(bucketPacks, placeKey(number, p.first), p.encode())
}

// Kept is a run of changes, of one author unit, whose batches were cut off.
type Kept struct {
	Author  change.UnitID
	First   uint64
	Changes [][]byte // encoded
}

// Last is the sequence of the last change.
func (k *Kept) Last() uint64 { return k.First + uint64(len(k.Changes)) - 1 }

// Kept returns the changes that follow a sequence of a stream and whose batches were
// cut off, as many as are stored together; nil when there is none before Base. It
// returns Damaged.
func (tx *Tx) Kept(s change.Stream, after uint64) (*Kept, error) {
	r, err := tx.readRow(s)
	if err != nil || r == nil || after >= r.base.Seq {
		return nil, err
	}
	p, err := tx.packAt(r, after+1)
	if err == nil && p == nil {
		err = fault.New(fault.Damaged, "change %d of a stream, whose batch was cut off, is missing", after+1)
	}
	if err != nil {
		return nil, err
	}
	changes, err := p.unpack(s)
	if err != nil {
		return nil, err
	}
	return &Kept{Author: p.author, First: after + 1, Changes: changes[after+1-p.first:]}, nil
}

// keptEnds lists ends of batches that were cut off, newest first, with a sequence
// below before: at most limit.
func (tx *Tx) keptEnds(r *row, before uint64, limit int) (ends []change.Mark, err error) {
	for at := min(r.base.Seq, before-1); at > 0 && len(ends) < limit; {
		p, err := tx.packAt(r, at)
		if err != nil {
			return nil, err
		}
		if p == nil {
			break
		}
		for i := len(p.ends) - 1; i >= 0 && len(ends) < limit; i-- {
			if p.ends[i].Seq < before {
				ends = append(ends, p.ends[i])
			}
		}
		at = p.first - 1
	}
	return ends, nil
}

// keptEnd is the end with a sequence of a batch that was cut off; false: none has it.
func (tx *Tx) keptEnd(r *row, seq uint64) (change.Mark, bool, error) {
	p, err := tx.packAt(r, seq)
	if err != nil || p == nil {
		return change.Mark{}, false, err
	}
	i := p.endIndex(seq)
	if i < 0 {
		return change.Mark{}, false, nil
	}
	return p.ends[i], true, nil
}
