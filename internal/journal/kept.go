package journal

import (
	"bytes"

	"tongbu/internal/change"
	"tongbu/internal/fault"
)

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

// readKept reads a change whose batch was cut off.
func (tx *Tx) readKept(s change.Stream, r *row, seq uint64) ([]byte, error) {
	if at := tx.last; at.number != r.number || seq < at.first || seq-at.first >= uint64(len(at.changes)) {
		p, err := tx.packAt(r, seq)
		if err == nil && p == nil {
			err = fault.New(fault.Damaged, "change %d of a stream, whose batch was cut off, is missing", seq)
		}
		if err != nil {
			return nil, err
		}
		changes, err := p.unpack(s)
		if err != nil {
			return nil, err
		}
		tx.last = unpacked{number: r.number, first: p.first, changes: changes}
	}
	return bytes.Clone(tx.last.changes[seq-tx.last.first]), nil
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
